import { expect, it } from 'vitest'
import { listAlerts } from '../../lib/panel/store/alerts.ts'
import { withAgent } from './_agent.ts'
import { administrator, openPanel, type Panel } from './_harness.ts'
import { newUser, password } from './_users.ts'

const proxy = '10.0.0.5'
const front = (value: string, more: Record<string, string> = {}) => ({ 'x-hosting-panel-front': value, ...more })
const alerts = ({ ctx }: Panel) =>
  listAlerts(ctx.db).flatMap(({ key, message }) => (key.startsWith('proxies:front:') ? [[key, message]] : []))

const enter = async ({ call }: Panel, by: string, body: object = administrator) =>
  expect((await call('POST /api/session', { body, headers: front(by, { cookie: '' }) })).status).toBe(200)

async function withPanel() {
  const panel = await openPanel()
  await panel.signIn()
  withAgent(panel.ctx, { 'bans.list': () => ({ bans: [] }) })
  return panel
}

it.each([
  ['', 'Scripts must send the header Origin: https://<the panel’s address>; a proxy in front must pass on Host, '],
  ['trusted', 'Have the proxy pass on Host, X-Forwarded-For, X-Forwarded-Proto and Upgrade'],
  [
    proxy,
    'Host, X-Forwarded-For, X-Forwarded-Proto and Upgrade, and name it among the proxies in front of this server',
  ],
  ['173.245.48.9', 'settings update --trusted-proxies cloudflare)'],
  [`${proxy}; rm`, 'Scripts must send the header Origin'],
])('a sign-in by %j that does not fit its Origin says what the proxy must pass on', async (by, words) => {
  const { call } = await withPanel()
  const { status, body } = await call('POST /api/session', {
    body: { username: 'ann', password: 'wrong-password-1' },
    headers: front(by, { origin: 'https://panel.example.com' }),
  })
  expect([status, body.code]).toEqual([403, 'foreign_origin'])
  expect(body.message).toContain(words)
  expect(body.message).not.toContain('rm')
})

it('a proxy that nobody named is told of when an administrator signs in by it, until it is named', async () => {
  const panel = await withPanel()
  await enter(panel, proxy)
  expect(alerts(panel)).toEqual([[`proxies:front:${proxy}`, expect.stringContaining(`--trusted-proxies ${proxy}`)]])
  await panel.call('PATCH /api/settings', { body: { trustedProxies: ['10.0.0.0/24'] } })
  expect(alerts(panel)).toEqual([])
  await enter(panel, '173.245.48.9')
  expect(alerts(panel)).toEqual([
    ['proxies:front:173.245.48.9', expect.stringContaining('--trusted-proxies cloudflare')],
  ])
  await enter(panel, 'trusted')
  expect(alerts(panel), 'one comes by another way now').toEqual([])
})

it('nobody is told of what a stranger on the internet, or a customer, says', async () => {
  const panel = await withPanel()
  await enter(panel, '198.51.100.7')
  await newUser(panel, 'carlo')
  await enter(panel, proxy, { username: 'carlo', password })
  expect(alerts(panel)).toEqual([])
})
