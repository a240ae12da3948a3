import { expect, it } from 'vitest'
import { watchConfigurations } from '../../lib/panel/alerts/configurations.ts'
import { listAlerts } from '../../lib/panel/store/alerts.ts'
import { withAgent } from './_agent.ts'
import { openPanel } from './_harness.ts'

const at = (minutes: number) => new Date(Date.parse('2026-11-30T12:00:00Z') + minutes * 60_000)
const found = (name: string, more: object = {}) => ({ name, seen: '1', refusal: null, staleness: null, ...more })

it('a daemon that refuses its configuration, or runs another one, has an alert until it does not', async () => {
  const { ctx, call } = await openPanel()
  const agent = withAgent(ctx)
  const machineSays = (...services: ReturnType<typeof found>[]) =>
    (agent.answers['configurations.check'] = () => ({ services }))
  const health = async () => {
    const { body } = await call('GET /api/health')
    return [body.status, body.misconfigured]
  }
  const refusal = 'nginx: [emerg] unknown directive "oops" in /etc/nginx/nginx.conf:12\n  nginx: test failed'
  machineSays(found('nginx', { refusal }), found('MariaDB'))
  const told =
    'nginx goes on with the configuration from before, and would not serve again with the one on disk. Correct what ' +
    'is named here: nginx: [emerg] unknown directive "oops" in /etc/nginx/nginx.conf:12 nginx: test failed'
  expect(await watchConfigurations(ctx, at(0))).toEqual([told])
  expect(listAlerts(ctx.db)).toEqual([
    { key: 'configuration:nginx', site: null, severity: 'critical', message: told, since: at(0).toISOString() },
  ])
  expect(await health()).toEqual(['degraded', ['nginx']])
  machineSays(found('nginx', { staleness: 'runs another configuration than the one on disk' }))
  expect(await watchConfigurations(ctx, at(1))).toEqual([
    'nginx runs another configuration than the one on disk. To have it load that, run: hosting-panel drift converge',
  ])
  machineSays(found('nginx'))
  expect(await watchConfigurations(ctx, at(2))).toEqual([])
  expect(listAlerts(ctx.db)).toEqual([])
})

it('a daemon is asked again once its configuration has changed, while it refuses it, and each hour', async () => {
  const { ctx } = await openPanel()
  const agent = withAgent(ctx, {
    'configurations.check': () => ({ services: [found('nginx'), found('MariaDB', { refusal: 'no' })] }),
  })
  for (const minutes of [0, 1, 59, 60, 61]) await watchConfigurations(ctx, at(minutes))
  const nginx = { name: 'nginx', seen: '1' }
  expect(agent.asked('configurations.check').map(({ accepted }) => accepted)).toEqual([
    [],
    [nginx],
    [nginx],
    [],
    [nginx],
  ])
  // A clock that was wrong and is right again keeps nobody from being asked.
  await watchConfigurations(ctx, at(-10_000))
  expect(agent.asked('configurations.check').at(-1)).toEqual({ accepted: [] })
})
