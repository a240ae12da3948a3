import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { atEveryStep, beginFaults, dyingAt, endFaults } from '../../machine/faults.ts'
import { api, site, type Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { create, expectGone, output, deleteSite, writeFile } from '../../machine/sites/_helpers.ts'
import { steadily } from '../../machine/sites/_load.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await beginFaults(machine)
  await create(panel, { domain: 'witness.test', runtime: 'static' })
})
afterAll(async () => {
  await endFaults(machine)
  await deleteSite(panel, 'witness.test')
})
beforeEach(() => showJournalOnFailure(machine))

describe('the agent is killed at each step', () => {
  it('of creating, changing and deleting a site: it is done all the same, and nginx answers all along', async () => {
    const witness = steadily(() => site(machine, 'witness.test'))
    const domain = 'killed.test'
    const created = await atEveryStep(machine, async () => {
      await create(panel, { domain, runtime: 'php' })
      expect((await site(machine, domain)).body).toContain('answers here')
      expect((await panel.get('/drift')).body.changes).toEqual([])
      expect((await deleteSite(panel, domain)).status).toBe(200)
    })
    await create(panel, { domain, runtime: 'php', phpVersion: '8.2' })
    const changed = await atEveryStep(machine, async (step) => {
      const change = { phpVersion: step % 2 ? '8.2' : '7.4', bodyLimitMb: 10 + step }
      expect(await panel.patch(`/sites/${domain}`, change)).toMatchObject({ status: 200, body: change })
      expect((await site(machine, domain)).status).toBe(200)
    })
    expect((await panel.get('/drift')).body.changes).toEqual([])
    const deleted = await atEveryStep(machine, async () => {
      expect((await deleteSite(panel, domain)).status).toBe(200)
      await expectGone(machine, panel, domain)
      await create(panel, { domain, runtime: 'php' })
    })
    await deleteSite(panel, domain)
    expect(Math.min(created, deleted)).toBeGreaterThan(10)
    expect(changed).toBeGreaterThan(3)
    expect(await witness.stop()).toMatchObject({ failed: 0 })
  }, 900_000)

  it('again and again: the site is gone, the error says so, and nothing is left', async () => {
    for (const step of [0, 1, 5, 9, 12, 14]) {
      const died = await dyingAt(machine, `${step} always`, async () => {
        const { status, body } = await panel.post('/sites', { domain: 'gone.test', runtime: 'php' })
        expect([status, body.code]).toEqual([503, 'agent_lost'])
      })
      expect(died).toBe(true)
      expect((await panel.get('/drift')).status).toBe(200)
      await expectGone(machine, panel, 'gone.test')
    }
  }, 300_000)

  it('while it takes back a change that was refused', async () => {
    await writeFile(machine, '/usr/local/sbin/php-fpm8.2', '#!/bin/sh\necho "no such setting" >&2\nexit 78\n')
    await output(machine, 'chmod', '755', '/usr/local/sbin/php-fpm8.2')
    let deaths = 0
    for (const step of [14, 17, 20, 23]) {
      if (
        await dyingAt(machine, String(step), async () =>
          expect(
            (await panel.post('/sites', { domain: 'refused.test', runtime: 'php' })).status,
          ).toBeGreaterThanOrEqual(400),
        )
      )
        deaths++
      expect((await site(machine, 'witness.test')).status).toBe(200)
    }
    expect(deaths).toBeGreaterThan(0)
    await output(machine, 'rm', '/usr/local/sbin/php-fpm8.2')
    await panel.get('/drift')
    await expectGone(machine, panel, 'refused.test')
  }, 300_000)
})

it.each([
  [
    'the settings',
    () => panel.patch('/settings', { resolvers: ['192.0.2.53'] }),
    () => panel.patch('/settings', { resolvers: [] }),
  ],
  [
    'the bans',
    () => panel.patch('/bans/jails/sshd', { maxRetry: 7 }),
    () => panel.patch('/bans/jails/sshd', { maxRetry: 5 }),
  ],
  [
    'the firewall',
    () => panel.post('/firewall/rules', { port: 4444 }),
    async () => {
      for (const { id } of (await panel.get('/firewall/rules')).body.rules) await panel.delete(`/firewall/rules/${id}`)
    },
  ],
])(
  'the panel is killed while it changes %s: store and machine agree after its next start',
  async (_what, change, back) => {
    for (const delay of [5, 40, 120, 300]) {
      const changing = change().catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, delay))
      await output(machine, 'systemctl', 'kill', '-s', 'KILL', 'hosting-panel.service')
      await changing
      await expect
        .poll(async () => (await panel.get('/drift').catch(() => null))?.body.changes, { timeout: 90_000 })
        .toEqual([])
      await back()
    }
  },
  300_000,
)
