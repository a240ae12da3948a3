import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { itInSoak } from '../../_cases.ts'
import {
  accountsOf,
  agrees,
  begun,
  contents,
  createDatabase,
  ended,
  importDump,
  isDatabase,
  leftovers,
  outcome,
  removeDatabase,
  sql,
} from './_helpers.ts'
import { expectKept, makeKept } from './_kept.ts'

let machine: Machine
let panel: Api
let before: string

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  before = await makeKept(machine, panel)
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  await removeDatabase(panel, 'kept')
})

const kill = (unit: string) => output(machine, 'systemctl', 'kill', '-s', 'KILL', unit)

/** An import that waits in the middle, with the old data gone. */
const waiting = 'DROP TABLE t; CREATE TABLE half (a INT); SELECT SLEEP(60);'

/** Begins it, and answers its job once it waits. */
async function half(): Promise<string> {
  const id = await begun(panel, 'POST', '/databases/kept/import', Buffer.from(waiting))
  await expect.poll(() => sql(machine, 'kept', 'SHOW TABLES'), { timeout: 90_000 }).toBe('half')
  return id
}

const asItWas = () => expectKept(machine, before)

itInSoak(
  'the agent is killed in the middle of an import, an export and a deletion',
  async () => {
    const id = await half()
    await kill('hosting-panel-agent.service')
    expect((await outcome(panel, id)).error!.code).toBe('agent_lost')
    await panel.get('/health')
    await asItWas()

    await sql(machine, 'kept', 'CREATE TABLE wide AS SELECT seq, REPEAT(MD5(seq), 100) AS text FROM seq_1_to_40000')
    const exporting = await begun(panel, 'POST', '/databases/kept/export', {})
    await expect
      .poll(() => output(machine, 'pgrep', '-c', '-u', 'hosting-panel-dump'), { timeout: 90_000 })
      .not.toBe('0')
    await kill('hosting-panel-agent.service')
    const { error, result } = await outcome(panel, exporting)
    expect(error?.code ?? result!.reason).toMatch(/^(?:agent_lost|export)$/)
    await panel.get('/drift')
    await expect.poll(() => leftovers(machine), { timeout: 90_000 }).toBe('')

    const deleting = await begun(panel, 'DELETE', '/databases/kept')
    await expect
      .poll(() => output(machine, 'pgrep', '-c', '-u', 'hosting-panel-dump'), { timeout: 90_000 })
      .not.toBe('0')
    await kill('hosting-panel-agent.service')
    const deleted = await outcome(panel, deleting)
    expect(deleted.state).toBe('done')
    expect(await isDatabase(machine, 'kept')).toBe(false)
    await createDatabase(panel, 'kept')
    expect(
      (await ended(panel, 'POST', `/dumps/${String(deleted.result!.dump)}/restore`, { database: 'kept' })).state,
    ).toBe('done')
    await sql(machine, 'kept', 'DROP TABLE wide')
    before = await contents(machine, 'kept')
  },
  900_000,
)

describe('the panel is killed', () => {
  it('in the middle of an import: the old data is back', async () => {
    const id = await half()
    await kill('hosting-panel.service')
    await asItWas()
    expect((await outcome(panel, id)).state).toBe('interrupted')
  }, 300_000)
})

describe('MariaDB', () => {
  it('its client is killed in the middle of an import', async () => {
    const id = await half()
    await output(machine, 'pkill', '-9', '-u', 'hosting-panel-import', '-x', 'mariadb')
    expect((await outcome(panel, id)).error).toMatchObject({ code: 'import_failed' })
    await asItWas()
  }, 300_000)

  it('is stopped, and started again, in the middle of an import', async () => {
    const id = await half()
    await output(machine, 'systemctl', 'restart', 'mariadb')
    expect((await outcome(panel, id)).error).toMatchObject({ code: 'mariadb_down' })
    await asItWas()
  }, 300_000)

  it('does not run: everything says so, sizes are still shown, and nothing changes', async () => {
    await output(machine, 'systemctl', 'stop', 'mariadb')
    try {
      const says = {
        status: 503,
        body: { code: 'mariadb_down', message: expect.stringContaining('systemctl status mariadb') },
      }
      expect(await panel.post('/databases', { name: 'nowhere', user: 'nowhere' })).toMatchObject(says)
      expect(await panel.post('/databases/kept/users', { username: 'nobody', grant: 'read' })).toMatchObject(says)
      expect(await panel.get('/databases/kept/queries')).toMatchObject(says)
      expect(await panel.get('/databases/kept/export')).toMatchObject(says)
      expect((await importDump(panel, 'kept', 'SELECT 1;')).error).toMatchObject(says.body)
      expect((await ended(panel, 'DELETE', '/databases/kept')).error).toMatchObject(says.body)
      expect((await panel.get('/databases')).body).toContainEqual(
        expect.objectContaining({ name: 'kept', state: 'active', tables: 1 }),
      )
      expect((await panel.get('/databases/kept')).body).toMatchObject({ tables: null, users: [{ username: 'kept' }] })
      expect((await panel.get('/health')).body.services).toContainEqual({ name: 'mariadb', state: 'stopped' })
      expect((await panel.get('/databases/nowhere')).status).toBe(404)
    } finally {
      await output(machine, 'systemctl', 'start', 'mariadb')
    }
    await agrees(panel)
    await asItWas()
  }, 300_000)

  it('has no connection left: a clear word, and nothing half done', async () => {
    await sql(machine, 'mysql', 'SET GLOBAL max_connections = 10')
    await output(machine, 'systemctl', 'stop', 'hosting-panel-agent.service')
    // They ask again and again, as somebody else may have had a connection when they began.
    await output(machine, 'touch', '/run/hogs')
    const hog = 'while [ -e /run/hogs ]; do mariadb -e "SELECT SLEEP(20)" >/dev/null 2>&1 || sleep 0.2; done'
    const hogs = Array.from({ length: 14 }, () => machine.sh(['sh', '-c', hog]))
    await expect
      .poll(async () => (await machine.sh(['mariadb', '-e', 'SELECT 1'])).stderr, { timeout: 90_000 })
      .toContain('Too many connections')
    expect(await panel.post('/databases', { name: 'crowded' })).toMatchObject({
      status: 503,
      body: { code: 'mariadb_busy' },
    })
    await output(machine, 'rm', '/run/hogs')
    await output(machine, 'pkill', '-x', 'mariadb')
    await Promise.all(hogs)
    await output(machine, 'systemctl', 'restart', 'mariadb')
    expect([(await panel.get('/databases/crowded')).status, await isDatabase(machine, 'crowded')]).toEqual([404, false])
  }, 300_000)

  it('does not let root in by the socket: what to do about it', async () => {
    await sql(
      machine,
      'mysql',
      "CREATE USER keeper@localhost IDENTIFIED BY 'keeper'; GRANT ALL ON *.* TO keeper@localhost WITH GRANT " +
        "OPTION; ALTER USER root@localhost IDENTIFIED BY 'elsewhere'",
    )
    await output(machine, 'systemctl', 'stop', 'hosting-panel-agent.service')
    expect(await panel.post('/databases', { name: 'refused' })).toMatchObject({
      status: 503,
      body: { code: 'mariadb_refuses_root', message: expect.stringContaining('IDENTIFIED VIA unix_socket') },
    })
    await machine.sh([
      'env',
      'MYSQL_PWD=keeper',
      'mariadb',
      '-u',
      'keeper',
      '-e',
      'ALTER USER root@localhost IDENTIFIED VIA unix_socket',
    ])
    await sql(machine, 'mysql', 'DROP USER keeper@localhost')
    expect((await panel.get('/databases/refused')).status).toBe(404)
    await agrees(panel)
  })
})

it('an import cut off while MariaDB was away is taken back when the database is next asked for', async () => {
  const id = await half()
  await output(machine, 'sh', '-c', 'systemctl kill -s KILL hosting-panel-agent.service; systemctl stop mariadb')
  // The agent that is asked to take it back finds no MariaDB, waits for it, and is killed too.
  await expect
    .poll(async () => (await machine.sh(['systemctl', 'is-active', '--quiet', 'hosting-panel-agent.service'])).code, {
      timeout: 90_000,
    })
    .toBe(0)
  await output(machine, 'sh', '-c', 'systemctl kill -s KILL hosting-panel-agent.service; systemctl start mariadb')
  expect((await outcome(panel, id)).error!.code).toBe('agent_lost')
  expect((await importDump(panel, 'kept', 'SELECT 1;')).state).toBe('done')
  await asItWas()
}, 300_000)

it('deleted while an import is at work, it stays deleted', async () => {
  await createDatabase(panel, 'doomed')
  await importDump(panel, 'doomed', 'CREATE TABLE t (a INT);')
  const importing = await begun(panel, 'POST', '/databases/doomed/import', Buffer.from(waiting))
  await expect.poll(() => sql(machine, 'doomed', 'SHOW TABLES'), { timeout: 90_000 }).toBe('half')
  const deleting = await begun(panel, 'DELETE', '/databases/doomed?dump=false')
  expect((await panel.delete(`/jobs/${importing}`)).status).toBe(204)
  expect((await outcome(panel, importing)).error).toMatchObject({ code: 'cancelled' })
  expect((await outcome(panel, deleting)).state).toBe('done')
  expect([await isDatabase(machine, 'doomed'), await accountsOf(machine, 'doomed'), await leftovers(machine)]).toEqual([
    false,
    '0',
    '',
  ])
  expect((await panel.get('/drift')).body.changes).toEqual([])
}, 300_000)
