import { expect, it } from 'vitest'
import { deleteManualBans, manualBans, renewManualBans, noteManualBan } from '../../lib/panel/bans/manual-bans.ts'
import { bansSpec, saveBansSpec } from '../../lib/panel/bans/settings.ts'
import { listAuditEntries } from '../../lib/panel/store/audit.ts'
import { withAgent } from './_agent.ts'
import { openPanel } from './_harness.ts'

it('without its agent nothing of the settings changes', async () => {
  const { ctx, call, signIn } = await openPanel()
  await signIn()
  const before = await bansSpec(ctx)
  const asked = await Promise.all([
    call('GET /api/bans'),
    call('GET /api/bans/jails'),
    call('POST /api/bans', { body: { address: '203.0.113.9' } }),
    call('PATCH /api/bans/jails/{jail}', { path: '/api/bans/jails/sshd', body: { maxRetry: 3 } }),
    call('PATCH /api/bans/settings', { body: { ignoreMyAddress: true } }),
    call('DELETE /api/bans/{address}', { path: '/api/bans/203.0.113.9' }),
  ])
  for (const { status, body } of asked) expect([status, body.code]).toEqual([503, 'agent_unreachable'])
  expect(await bansSpec(ctx)).toEqual(before)
  expect(before.jails['hosting-panel']).toEqual({ enabled: true, maxRetry: 5, findMinutes: 5, banMinutes: 10 })
  expect((await call('GET /api/bans/settings')).body).toEqual({ ignore: [], yourAddress: '192.0.2.1' })
  expect(await manualBans(ctx, Date.now())).toEqual([])
})

it('nobody bans the server, or unasked himself, or whom the list protects', async () => {
  const { ctx, call, signIn } = await openPanel()
  await signIn()
  await saveBansSpec(ctx, { ...(await bansSpec(ctx)), ignore: ['198.51.100.0/24'] })
  const code = async (body: object) => (await call('POST /api/bans', { body })).body.code as string
  expect(await code({ address: '127.1.2.3' })).toBe('never_banned')
  expect(await code({ address: '::ffff:127.0.0.1' })).toBe('never_banned')
  expect(await code({ address: '192.0.2.0/24' })).toBe('would_ban_yourself')
  expect(await code({ address: '192.0.2.1' })).toBe('would_ban_yourself')
  expect(await code({ address: '198.51.100.7' })).toBe('address_ignored')
  expect(await code({ address: '192.0.2.1', confirm: true })).toBe('agent_unreachable')
  const entries = listAuditEntries(ctx.db, 10).filter(({ action }) => action === 'bans.create')
  expect(entries.map(({ ok, actor }) => [ok, actor])).toEqual(Array(6).fill([false, 'admin']))
})

it('the ignore list is written one way, without doubles', async () => {
  const { ctx, call, signIn } = await openPanel()
  await signIn()
  const { calls } = withAgent(ctx)
  const change = async (body: object) => (await call('PATCH /api/bans/settings', { body })).body.ignore as string[]
  expect(await change({ ignore: ['2001:DB8::0/32', '203.0.113.9/32', '203.0.113.9'] })).toEqual([
    '2001:db8::/32',
    '203.0.113.9',
  ])
  expect(await change({ ignoreMyAddress: true })).toEqual(['2001:db8::/32', '203.0.113.9', '192.0.2.1'])
  expect(await change({ ignoreMyAddress: true })).toHaveLength(3)
  expect(await change({ ignore: ['192.0.2.0/24'], ignoreMyAddress: true })).toEqual(['192.0.2.0/24'])
  expect(calls).toHaveLength(4)
  expect(calls.at(-1)).toEqual(['bans.apply', { bans: await bansSpec(ctx) }])
  expect((await call('PATCH /api/bans/settings', { body: { ignoreMyAddress: false } })).status).toBe(422)
})

it('keeps manual bans as long as they were asked for', async () => {
  const { ctx } = await openPanel()
  const { calls } = withAgent(ctx)
  const now = Date.now()
  const at = new Date(now).toISOString()
  const later = (minutes: number) => new Date(now + minutes * 60_000).toISOString()
  await renewManualBans(ctx, now)
  await noteManualBan(ctx, { address: '203.0.113.1', jail: 'sshd', by: 'admin', at, until: null })
  await renewManualBans(ctx, now)
  expect(calls).toEqual([])
  await noteManualBan(ctx, { address: '203.0.113.2', jail: 'sshd', by: 'admin', at, until: later(1) })
  await noteManualBan(ctx, { address: '203.0.113.3', jail: 'sshd', by: 'admin', at, until: later(9) })
  await noteManualBan(ctx, { address: '203.0.113.3', jail: 'sshd', by: 'other', at, until: later(60) })
  await renewManualBans(ctx, now)
  await renewManualBans(ctx, now + 61_000)
  const [second, third] = ['203.0.113.2', '203.0.113.3'].map((address) => ({ address, jail: 'sshd' }))
  expect(calls).toEqual([
    ['bans.renew', { bans: [second, third] }],
    ['bans.unban', second],
    ['bans.renew', { bans: [third] }],
  ])
  expect((await manualBans(ctx, now)).map(({ address, by }) => [address, by])).toEqual([
    ['203.0.113.1', 'admin'],
    ['203.0.113.3', 'other'],
  ])
  expect(await deleteManualBans(ctx, { address: '203.0.113.3', jail: 'other' })).toBe(0)
  expect(await deleteManualBans(ctx, { address: '203.0.113.3', jail: null })).toBe(1)
  expect(await manualBans(ctx, now + 2 * 86_400_000)).toEqual([])
})

it('ends a ban whose time is over, whoever is banned meanwhile, and once Fail2ban is back if it is down', async () => {
  const { ctx } = await openPanel()
  const now = Date.now()
  const at = (minutes: number) => new Date(now + minutes * 60_000).toISOString()
  await noteManualBan(ctx, { address: '203.0.113.1', jail: 'sshd', by: 'admin', at: at(0), until: at(1) })
  await noteManualBan(ctx, { address: '203.0.113.2', jail: 'sshd', by: 'admin', at: at(2), until: null })
  expect((await manualBans(ctx, now + 120_000)).map(({ address }) => address)).toEqual(['203.0.113.2'])
  await renewManualBans(ctx, now + 120_000)
  const { calls } = withAgent(ctx)
  await renewManualBans(ctx, now + 165_000)
  await renewManualBans(ctx, now + 210_000)
  expect(calls).toEqual([['bans.unban', { address: '203.0.113.1', jail: 'sshd' }]])
})
