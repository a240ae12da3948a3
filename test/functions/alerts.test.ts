import { describe, expect, it } from 'vitest'
import type { Output } from '../../lib/model/protocol/agent.ts'
import { runHook, watchHook } from '../../lib/panel/alerts/hooks.ts'
import { watchServices } from '../../lib/panel/alerts/services.ts'
import type { Context } from '../../lib/panel/http/context.ts'
import { siteUser } from '../../lib/model/sites/names.ts'
import { listAlerts } from '../../lib/panel/store/alerts.ts'
import { refuse, withAgent } from './_agent.ts'
import { openPanel } from './_harness.ts'
import { withMariadb } from './_mariadb.ts'

type Health = Output<'health'>
type Service = Health['services'][number]

const well: Health = { services: [], failedPhp: [], systemd: true, recovered: null }
const dead = (name: string, problem: string): Service => ({ name, state: 'stopped', problem })
const alive = (name: string): Service => ({ name, state: 'running', problem: null })

/** Sets the agent's answer on the machine from now on; null: no answer. test/attacks/30 has the real agent. */
function machineIs(ctx: Context, health: Partial<Health> | null): void {
  withAgent(ctx, { health: health ? () => ({ ...well, ...health }) : refuse('agent_unreachable') })
}
const keys = (ctx: Context) =>
  listAlerts(ctx.db)
    .map(({ key }) => key)
    .sort()
const at = (minute: number) => new Date(Date.UTC(2026, 10, 29, 0, minute))

describe('services', () => {
  it('that are dead have an alert each: what to do, since when, and until they are back', async () => {
    const { ctx } = await openPanel()
    machineIs(ctx, {
      services: [alive('nginx'), dead('mariadb', 'has failed (exit-code)'), dead('cron', 'is stopped')],
    })
    await watchServices(ctx, at(1))
    expect(listAlerts(ctx.db)).toEqual([
      {
        key: 'service:mariadb',
        site: null,
        severity: 'critical',
        since: at(1).toISOString(),
        message:
          'MariaDB has failed (exit-code). Until it runs again, no site reaches its database. Look at: ' +
          'systemctl status mariadb',
      },
      expect.objectContaining({
        key: 'service:cron',
        severity: 'warning',
        message: expect.stringContaining('systemctl status cron'),
      }),
    ])
    machineIs(ctx, { services: [alive('nginx'), dead('mariadb', 'is starting'), alive('cron')], systemd: false })
    await watchServices(ctx, at(2))
    expect(listAlerts(ctx.db)).toEqual([
      expect.objectContaining({
        key: 'service:mariadb',
        since: at(1).toISOString(),
        message: expect.stringMatching(/^MariaDB is starting\..*service mariadb start$/),
      }),
    ])
    machineIs(ctx, { services: [alive('mariadb')] })
    await watchServices(ctx, at(3))
    expect(keys(ctx)).toEqual([])
  })

  it('are not judged by an agent that is dead itself', async () => {
    const { ctx } = await openPanel()
    machineIs(ctx, { services: [dead('mariadb', 'is stopped')] })
    await watchServices(ctx, at(1))
    machineIs(ctx, null)
    expect(await watchServices(ctx, at(2))).toBeNull()
    expect(keys(ctx)).toEqual(['service:hosting-panel-agent', 'service:mariadb'])
    machineIs(ctx, { services: [alive('mariadb')] })
    await watchServices(ctx, at(3))
    expect(keys(ctx)).toEqual([])
  })
})

it('a site whose PHP failed is told to who may see it; of others’ health says how many', async () => {
  const { ctx, call, signIn } = await openPanel()
  await signIn()
  withMariadb(ctx)
  for (const domain of ['a.test', 'b.test']) {
    expect((await call('POST /api/sites', { body: { domain, runtime: 'php', phpVersion: '8.2' } })).status).toBe(201)
  }
  machineIs(ctx, {
    services: [dead('php-fpm', 'x')].map((entry) => ({ ...entry, problem: null })),
    failedPhp: [siteUser('a.test'), 'hosting-panel-adminer'],
  })
  await watchServices(ctx, at(1))
  const tool = 'hosting-panel-php@hosting-panel-adminer'
  expect(listAlerts(ctx.db).sort((one, other) => one.key.localeCompare(other.key))).toEqual([
    expect.objectContaining({
      key: 'php:a.test',
      site: 'a.test',
      message: expect.stringContaining(siteUser('a.test')),
    }),
    expect.objectContaining({
      key: `service:${tool}`,
      site: null,
      message: expect.stringContaining(`systemctl status ${tool}`),
    }),
  ])
  const { body } = await call('GET /api/health')
  expect(body).toEqual({
    status: 'degraded',
    panel: 'ok',
    agent: 'ok',
    services: [{ name: 'php-fpm', state: 'stopped' }],
    failedPhp: 2,
    outdated: [],
    misconfigured: [],
    clock: 'ok',
  })
  machineIs(ctx, { services: [alive('php-fpm')], failedPhp: [`${siteUser('b.test')}-shared`] })
  await watchServices(ctx, at(2))
  expect(keys(ctx)).toEqual(['php:b.test'])
})

describe('hooks', () => {
  it('that fail have an alert until they do not, and health says so', async () => {
    const { ctx, call } = await openPanel()
    machineIs(ctx, { services: [alive('hosting-panel-sweep')] })
    await expect(runHook(ctx, 'sweep', () => Promise.reject(new Error('no room')))).rejects.toThrow('no room')
    expect(listAlerts(ctx.db)).toEqual([
      expect.objectContaining({ key: 'hook:sweep', message: expect.stringMatching(/no room.*journalctl/) }),
    ])
    expect((await call('GET /api/health')).body).toMatchObject({
      status: 'degraded',
      services: [{ name: 'hosting-panel-sweep', state: 'stopped' }],
    })
    // Nor twice, when systemd tells of it too.
    machineIs(ctx, { services: [dead('hosting-panel-sweep', 'failed when it was last run (exit-code)')] })
    await watchServices(ctx, at(1))
    expect(keys(ctx)).toEqual(['hook:sweep'])
    await runHook(ctx, 'sweep', () => Promise.resolve())
    expect(keys(ctx)).toEqual([])
  })

  it('that stay away are missed by the panel, which then looks after the services itself', async () => {
    const { ctx, call } = await openPanel()
    machineIs(ctx, { services: [dead('redis-server', 'is stopped')] })
    await runHook(ctx, 'reap-idle', () => Promise.resolve())
    const seen = await watchHook(ctx, { ended: null, at: 0 }, 100_000)
    expect(seen.at).toBe(100_000)
    expect(await watchHook(ctx, seen, 270_000)).toBe(seen)
    expect(keys(ctx)).toEqual([])
    await watchHook(ctx, seen, 290_000)
    expect(keys(ctx)).toEqual(['hook:reap-idle', 'service:redis-server'])
    expect((await call('GET /api/health')).body.services).toContainEqual({
      name: 'hosting-panel-reap-idle',
      state: 'stopped',
    })
    await runHook(ctx, 'reap-idle', () => Promise.resolve())
    expect(keys(ctx)).toEqual(['service:redis-server'])
  })
})
