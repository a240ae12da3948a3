import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  accountsOf,
  agrees,
  as,
  begun,
  contents,
  createDatabase,
  ended,
  importDump,
  isDatabase,
  leftovers,
  removeDatabase,
  sql,
} from '../../machine/databases/_helpers.ts'
import { atEveryStep, beginFaults, endFaults } from '../../machine/faults.ts'
import { api, type Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { output } from '../../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'

let machine: Machine
let panel: Api
let before: string

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await beginFaults(machine)
  await createDatabase(panel, 'kept')
  expect(
    (await importDump(panel, 'kept', "CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('as it was');")).error,
  ).toBeNull()
  before = await contents(machine, 'kept')
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  await endFaults(machine)
  await removeDatabase(panel, 'kept')
})

const asItWas = async () => {
  await expect.poll(() => contents(machine, 'kept'), { timeout: 180_000 }).toBe(before)
  await expect.poll(() => leftovers(machine), { timeout: 90_000 }).toBe('')
}

it('at each step of creating, changing and deleting: it is done all the same', async () => {
  const created = await atEveryStep(machine, async () => {
    const connection = await createDatabase(panel, 'killed')
    expect((await as(machine, connection, 'killed', 'CREATE TABLE t (a INT)')).code).toBe(0)
    await agrees(panel)
    expect((await ended(panel, 'DELETE', '/databases/killed?dump=false')).state).toBe('done')
    expect([await isDatabase(machine, 'killed'), await accountsOf(machine, 'killed')]).toEqual([false, '0'])
  })
  await createDatabase(panel, 'killed')
  const changed = await atEveryStep(machine, async (step) => {
    expect(
      (
        await panel.patch('/databases/killed/users/killed', {
          grant: step % 2 ? 'all' : 'read',
          rotatePassword: true,
        })
      ).status,
    ).toBe(200)
    await agrees(panel)
  })
  const deleted = await atEveryStep(machine, async () => {
    expect((await ended(panel, 'DELETE', '/databases/killed')).state).toBe('done')
    expect([await isDatabase(machine, 'killed'), await accountsOf(machine, 'killed')]).toEqual([false, '0'])
    await createDatabase(panel, 'killed')
  })
  await removeDatabase(panel, 'killed')
  expect([created, changed, deleted].map((steps) => steps > 0)).toEqual([true, true, true])
  expect(await leftovers(machine)).toBe('')
}, 300_000)

it('at each step of an import: all of it, or what was there', async () => {
  const steps = await atEveryStep(machine, async () => {
    const { state, error } = await ended(
      panel,
      'POST',
      '/databases/kept/import',
      Buffer.from("INSERT INTO t VALUES ('more');"),
    )
    if (state === 'failed') {
      expect(error!.code).toBe('agent_lost')
      await asItWas()
    } else await sql(machine, 'kept', "DELETE FROM t WHERE a = 'more'")
  })
  expect(steps).toBe(2)
  await asItWas()
}, 300_000)

it('in the middle of creating and deleting: store and server agree after its next start', async () => {
  for (const delay of [2, 10, 25, 60]) {
    const creating = panel.post('/databases', { name: 'restless', user: 'restless' }).catch(() => undefined)
    await sleep(delay)
    await output(machine, 'systemctl', 'kill', '-s', 'KILL', 'hosting-panel.service')
    await creating
    await agrees(panel)
    await expect
      .poll(async () => (await panel.get('/databases/restless')).body.state ?? 'none', { timeout: 90_000 })
      .toMatch(/^(?:active|none)$/)
    const made = (await panel.get('/databases/restless')).status === 200
    expect([await isDatabase(machine, 'restless'), await accountsOf(machine, 'restless')]).toEqual([
      made,
      made ? '1' : '0',
    ])
    if (!made) continue
    await begun(panel, 'DELETE', '/databases/restless')
    await sleep(delay)
    await output(machine, 'systemctl', 'kill', '-s', 'KILL', 'hosting-panel.service')
    await expect
      .poll(async () => (await panel.get('/databases/restless').catch(() => null))?.status, { timeout: 90_000 })
      .toBe(404)
    expect([await isDatabase(machine, 'restless'), await accountsOf(machine, 'restless')]).toEqual([false, '0'])
  }
}, 900_000)
