import { expect, it, vi } from 'vitest'
import { newApp } from '../../lib/model/apps/schema.ts'
import { siteUser } from '../../lib/model/sites/names.ts'
import { listAlerts } from '../../lib/panel/store/alerts.ts'
import { noteRunning } from '../../lib/panel/store/apps.ts'
import { watchUpgrades } from '../../lib/panel/upgrades/watch.ts'
import { withAgent } from './_agent.ts'
import { openPanel } from './_harness.ts'
import { putSite } from './_users.ts'

const MINUTE = 60_000

it('what an upgrade left running is restarted or named, and looked at again until it is gone', async () => {
  const panel = await openPanel()
  const { ctx, call } = panel
  const found = { busy: true, restarted: [] as string[], apps: [] as string[], waiting: [] as string[] }
  const agent = withAgent(ctx, { 'upgrades.take': () => found })
  const look = (minute: number) => watchUpgrades(ctx, minute * MINUTE)
  for (const [index, domain] of ['idle.test', 'used.test', 'asleep.test'].entries())
    putSite(panel, domain, null, {
      runtime: 'node',
      app: { ...newApp('node', 20_000 + index), command: ['node', 'a.js'] },
    })
  for (const domain of ['idle.test', 'used.test']) noteRunning(ctx.db, domain, null, '2026-11-23T00:00:00.000Z')
  const calls: unknown[] = []
  ctx.supervisor = {
    call: (operation: string, input: { domain?: string }) => {
      calls.push([operation, input.domain])
      return Promise.resolve({ stopped: input.domain !== 'used.test', memoryBytes: 0 } as never)
    },
  }
  // The package manager is at work: nothing is believed, and the next minute looks again.
  expect(await look(1)).toEqual([])
  Object.assign(found, {
    busy: false,
    restarted: ['nginx.service'],
    apps: ['idle.test', 'used.test', 'asleep.test'].map(siteUser),
    waiting: ['mariadb.service'],
  })
  expect(await look(2)).toEqual(['nginx.service', 'idle.test'])
  expect(calls).toEqual([
    ['stop', 'idle.test'],
    ['start', 'idle.test'],
    ['stop', 'used.test'],
  ])
  expect(listAlerts(ctx.db).map(({ key, site }) => [key, site])).toEqual([
    ['upgrade:mariadb', null],
    ['upgrade:app:used.test', 'used.test'],
  ])
  expect(listAlerts(ctx.db)[0]!.message).toContain('systemctl restart mariadb')
  expect((await call('GET /api/health')).body.outdated).toEqual(['mariadb'])
  expect(await look(3)).toEqual([])
  expect(agent.asked('upgrades.take')).toHaveLength(2)
  Object.assign(found, { restarted: [], apps: [], waiting: [] })
  expect(await look(8)).toEqual([])
  expect(listAlerts(ctx.db)).toEqual([])
  // Nothing is left, and nothing has changed: nobody is asked any more.
  expect(await look(60)).toEqual([])
  expect(agent.asked('upgrades.take')).toHaveLength(3)
})

it('an app that cannot be restarted leaves the others to be, and is named', async () => {
  vi.spyOn(console, 'error').mockReturnValue()
  const panel = await openPanel()
  const { ctx } = panel
  const domains = ['broken.test', 'idle.test']
  const found = { busy: false, restarted: [], apps: domains.map(siteUser), waiting: [] }
  withAgent(ctx, { 'upgrades.take': () => found })
  for (const [index, domain] of domains.entries()) {
    const app = { ...newApp('node', 20_000 + index), command: ['node', 'a.js'] }
    putSite(panel, domain, null, { runtime: 'node', app })
    noteRunning(ctx.db, domain, null, '2026-11-23T00:00:00.000Z')
  }
  ctx.supervisor = {
    call: (_: string, input: { domain?: string }) =>
      input.domain === 'broken.test'
        ? Promise.reject(new Error('It does not stop'))
        : Promise.resolve({ stopped: true, memoryBytes: 0 } as never),
  }
  expect(await watchUpgrades(ctx, MINUTE)).toEqual(['idle.test'])
  expect(listAlerts(ctx.db).map(({ key }) => key)).toEqual(['upgrade:app:broken.test'])
})
