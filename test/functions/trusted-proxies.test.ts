import { expect, it, vi } from 'vitest'
import { PanelError } from '../../lib/model/errors.ts'
import { bansSpec, saveBansSpec } from '../../lib/panel/bans/settings.ts'
import { lookAtProxies } from '../../lib/panel/proxies/watch.ts'
import { withAgent } from './_agent.ts'
import { openPanel } from './_harness.ts'
import { putSite } from './_users.ts'

const proxy = '203.0.113.0/24'

it('Fail2ban is told of proxies that a site begins to trust, and of those of a site that is deleted', async () => {
  const { ctx, call, signIn } = await openPanel()
  await signIn()
  const live = [{ address: '203.0.113.9', jail: 'sshd', since: null, until: null, lines: [], behindProxies: false }]
  const agent = withAgent(ctx, { 'bans.list': () => ({ bans: live }) })
  await call('POST /api/sites', { body: { domain: 'plain.test', runtime: 'static' } })
  expect(agent.asked('bans.apply'), 'others change nothing').toEqual([])
  await call('POST /api/sites', { body: { domain: 'behind.test', runtime: 'static', trustedProxies: [proxy] } })
  expect(agent.asked('bans.apply').map(({ bans }) => bans.proxies)).toEqual([[proxy]])
  expect(agent.asked('bans.unban')).toEqual([{ address: '203.0.113.9', jail: null }])
  agent.reset()
  await call('PATCH /api/sites/{site}', { path: '/api/sites/behind.test', body: { bodyLimitMb: 5 } })
  expect(agent.asked('bans.apply')).toEqual([])
  expect((await call('DELETE /api/sites/{site}', { path: '/api/sites/behind.test' })).status).toBe(200)
  expect(agent.asked('bans.apply').map(({ bans }) => bans.proxies)).toEqual([[]])
})

it('settings that change meanwhile are kept', async () => {
  const { ctx, call, signIn } = await openPanel()
  await signIn()
  await saveBansSpec(ctx, { ...(await bansSpec(ctx)), ignore: ['198.51.100.0/24'] })
  withAgent(ctx, { 'bans.list': () => ({ bans: [] }) })
  await Promise.all([
    call('POST /api/sites', { body: { domain: 'behind.test', runtime: 'static', trustedProxies: [proxy] } }),
    call('PATCH /api/bans/settings', { body: { ignore: ['198.51.100.64/26'] } }),
  ])
  expect(await bansSpec(ctx)).toMatchObject({ ignore: ['198.51.100.64/26'], proxies: [proxy] })
})

it('Fail2ban is told until it knows: it may be down, and a change may end after its caller has left', async () => {
  vi.spyOn(console, 'error').mockReturnValue()
  const panel = await openPanel()
  const refuse = (code: 'fail2ban_down' | 'fail2ban_missing') => () => {
    throw new PanelError(code, 503, 'It does not run')
  }
  const agent = withAgent(panel.ctx, { 'bans.list': () => ({ bans: [] }), 'bans.apply': refuse('fail2ban_down') })
  const asked = async () => {
    agent.reset()
    await lookAtProxies(panel.ctx)
    return agent.asked('bans.apply').map(({ bans }) => bans.proxies)
  }
  expect(await asked(), 'no site trusts any').toEqual([])
  putSite(panel, 'behind.test', null, { trustedProxies: [proxy] })
  expect(await asked()).toEqual([[proxy]])
  expect(await asked(), 'it did not answer').toEqual([[proxy]])
  agent.answers['bans.apply'] = () => ({ changes: [] })
  agent.answers['bans.list'] = refuse('fail2ban_down')
  expect(await asked()).toEqual([[proxy]])
  agent.answers['bans.list'] = () => ({ bans: [] })
  expect(await asked(), 'bans of before were not ended').toEqual([[proxy]])
  expect(await asked(), 'it knows').toEqual([])
  putSite(panel, 'other.test', null, { trustedProxies: ['198.51.100.0/24'] })
  agent.answers['bans.apply'] = refuse('fail2ban_missing')
  expect(await asked()).toEqual([['198.51.100.0/24', proxy]])
  expect(await asked(), 'nobody is banned').toEqual([])
})
