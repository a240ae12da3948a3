import { expect, it, onTestFinished, vi } from 'vitest'
import { alignBans } from '../../lib/panel/bans/align.ts'
import { bansSpec } from '../../lib/panel/bans/settings.ts'
import { refuseOwnAddresses } from '../../lib/panel/sites/own-addresses.ts'
import { readServerSpec } from '../../lib/panel/settings/settings.ts'
import { ownAddresses } from '../../lib/proc/addresses.ts'
import { withAgent } from './_agent.ts'
import { openPanel } from './_harness.ts'
import { putSite } from './_users.ts'

async function withProxies() {
  const panel = await openPanel()
  await panel.signIn()
  const live = [{ address: '203.0.113.9', jail: 'sshd', since: null, until: null, lines: [], behindProxies: false }]
  const agent = withAgent(panel.ctx, { 'bans.list': () => ({ bans: live }) })
  const trust = (trustedProxies: unknown) => panel.call('PATCH /api/settings', { body: { trustedProxies } })
  return { ...panel, agent, trust }
}

it('proxies of the server are trusted by nginx, the filter and Fail2ban, with those of sites', async () => {
  const { ctx, trust, agent, ...panel } = await withProxies()
  putSite({ ctx, ...panel }, 'behind.test', null, { trustedProxies: ['198.51.100.7'] })
  const { status, body } = await trust(['203.0.113.0/24'])
  expect([status, body.trustedProxies]).toEqual([200, ['203.0.113.0/24']])
  const networks = ['198.51.100.7', '203.0.113.0/24']
  expect(agent.asked('server.converge')).toMatchObject([
    { server: { trustedProxies: ['203.0.113.0/24'] }, bans: { proxies: networks } },
  ])
  expect(agent.asked('proxies.apply').map(({ trusted }) => trusted)).toEqual([
    { sites: networks, panel: ['203.0.113.0/24'] },
  ])
  expect(agent.asked('bans.apply').map(({ bans }) => bans.proxies)).toEqual([networks])
  expect(agent.asked('bans.unban'), 'one that was banned before').toEqual([{ address: '203.0.113.9', jail: null }])
  agent.reset()
  expect((await trust(['203.0.113.0/24'])).status).toBe(200)
  expect(agent.order(), 'the same again changes nothing').toEqual([])
  await trust([])
  expect((await bansSpec(ctx)).proxies).toEqual(['198.51.100.7'])
})

it('a site is told of them with each change', async () => {
  const { trust, agent, call } = await withProxies()
  await trust(['cloudflare'])
  await call('POST /api/sites', { body: { domain: 'new.test', runtime: 'static' } })
  expect(agent.asked('sites.apply')).toMatchObject([{ server: { trustedProxies: ['cloudflare'] } }])
})

it('a plan shows what they would change, and changes nothing', async () => {
  const { ctx, agent, call } = await withProxies()
  const planned = await call('PATCH /api/settings', {
    path: '/api/settings?plan=true',
    body: { trustedProxies: ['bunny'] },
  })
  expect(planned.status).toBe(200)
  expect(agent.asked('server.drift')).toMatchObject([{ server: { trustedProxies: ['bunny'] } }])
  expect([agent.asked('server.converge'), (await readServerSpec(ctx)).trustedProxies]).toEqual([[], []])
})

it.each<[string, unknown, RegExp]>([
  ['everybody', ['0.0.0.0/0'], /so much of the internet/],
  ['everybody by IPv6', ['::/0'], /so much of the internet/],
  ['a name that is none', ['akamai'], /Write cloudflare/],
  ['a command', ['$(id)'], /Write cloudflare/],
  ['a directive', ['192.0.2.1;\n}'], /Write cloudflare/],
  ['an option', ['-1.2.3.4'], /Write cloudflare/],
  ['a long text', ['x'.repeat(100_000)], /60/],
  ['the server', ['127.0.0.1'], /the server itself/],
  ['one twice', ['192.0.2.1', '192.0.2.1/32'], /named twice/],
  ['ten thousand', Array.from({ length: 10_000 }, (_, at) => `10.9.${at >> 8}.${at & 255}`), /50/],
  ['no list', 'cloudflare', /array/i],
  ['nothing', [null], /./],
])('%s is refused with words, and nothing is changed', async (_, list, message) => {
  const { trust, agent, ctx } = await withProxies()
  const { status, body } = await trust(list)
  expect([status, body.code]).toEqual([422, 'invalid_input'])
  expect(body.details.issues[0].path).toMatch(/^trustedProxies/)
  expect(body.details.issues[0].message).toMatch(message)
  expect([agent.order(), (await readServerSpec(ctx)).trustedProxies]).toEqual([[], []])
})

const own = ownAddresses().find((address) => /^\d/.test(address) && !address.startsWith('127.'))

it.runIf(own)('no proxy is this server itself, whose sites could then name any visitor', async () => {
  const { trust, call } = await withProxies()
  const { status, body } = await trust([own])
  expect([status, body.code]).toEqual([422, 'invalid_input'])
  expect(body.message).toContain(`${own} has ${own}, an address of this server`)
  const site = { domain: 'own.test', runtime: 'static', trustedProxies: [own] }
  expect((await call('POST /api/sites', { body: site })).body.details.issues[0].path).toBe('trustedProxies')
})

it('a network of which this server is a part is no proxy either', () => {
  const addresses = ['127.0.0.1', '10.5.0.7', 'fd00:5::7']
  for (const network of ['10.0.0.0/8', 'fd00:5::/32', '10.5.0.7'])
    expect(() => refuseOwnAddresses(['cloudflare', network], addresses)).toThrow(`${network} has `)
  expect(() => refuseOwnAddresses(['cloudflare', '10.5.0.8', '10.6.0.0/16'], addresses)).not.toThrow()
})

it('a proxy that names no visitor is not shut out for what others tried behind it', async () => {
  const { ctx, trust, call } = await withProxies()
  await trust(['203.0.113.0/24'])
  // A customer's word opens nothing: programs of strangers come from Cloudflare's addresses, too.
  putSite({ ctx }, 'behind.test', null, { trustedProxies: ['cloudflare'] })
  const from = (address: string) => (at: number) =>
    call('POST /api/session', { body: { username: `nobody-${at}`, password: 'wrong-password-1' }, address })
  const statuses = async (address: string) =>
    Promise.all([...Array(8).keys()].map(async (at) => (await from(address)(at)).status))
  expect(new Set(await statuses('203.0.113.7'))).toEqual(new Set([401]))
  for (const other of ['198.51.100.7', '173.245.48.7'])
    expect(await statuses(other), 'anybody else is (control)').toContain(429)
})

it('a ban of a sign-in meets who comes by a proxy of the server alone', async () => {
  const { ctx, trust, agent, call } = await withProxies()
  const live = { address: '198.51.100.9', since: null, until: null, lines: [], behindProxies: true }
  agent.answers['bans.list'] = () => ({
    bans: ['hosting-panel', 'nginx-botsearch'].map((jail) => ({ ...live, jail })),
  })
  const listed = async () =>
    (await call('GET /api/bans')).body.bans.map(({ behindProxies }: { behindProxies: boolean }) => behindProxies)
  putSite({ ctx }, 'behind.test', null, { trustedProxies: ['cloudflare'] })
  expect(await listed()).toEqual([false, true])
  await trust(['203.0.113.0/24'])
  expect(await listed()).toEqual([true, true])
})

it('a ban says whether it meets visitors behind proxies, where there are any; nginx is kept in step then', async () => {
  const { ctx, trust, agent, call } = await withProxies()
  const live = { address: '198.51.100.9', jail: 'nginx-botsearch', since: null, until: null, lines: [] }
  agent.answers['bans.list'] = () => ({ bans: [{ ...live, behindProxies: true }] })
  agent.answers['proxies.align'] = () => ({ changes: [] })
  const listed = async () => (await call('GET /api/bans')).body.bans[0].behindProxies
  expect([await listed(), await alignBans(ctx), agent.asked('proxies.align').length]).toEqual([false, 0, 0])
  await trust(['203.0.113.0/24'])
  expect([await listed(), await alignBans(ctx), agent.asked('proxies.align').length]).toEqual([true, 0, 1])
})

it('no rule of the firewall shuts out a proxy, unless it is dared', async () => {
  const { trust, call, agent } = await withProxies()
  await trust(['203.0.113.0/24'])
  const state = { problem: null, enabled: true, closed: [], builtin: [], foreign: [], undoAt: null }
  agent.answers['firewall.state'] = () => state
  agent.answers['firewall.apply'] = () => ({ changes: [], undoAt: null, connection: null })
  const rule = (body: object) => call('POST /api/firewall/rules', { body: { port: '443', ...body } })
  for (const source of ['203.0.113.7', '203.0.0.0/16']) {
    const { status, body } = await rule({ action: 'deny', source })
    expect([status, body.code]).toEqual([409, 'address_ignored'])
  }
  expect(agent.asked('firewall.apply')).toEqual([])
  await rule({ action: 'deny', source: '203.0.113.7', confirm: true })
  await rule({ action: 'deny', source: '198.51.100.7' })
  await rule({ action: 'allow', source: '203.0.113.8' })
  expect(agent.asked('firewall.apply').map(({ firewall: { rules } }) => rules.length)).toEqual([1, 2, 3])
})

it('nginx is told once of all networks that are banned in a moment', async () => {
  const { trust, agent, call } = await withProxies()
  await trust(['203.0.113.0/24'])
  const bans: unknown[] = []
  const told = { since: null, until: null, lines: [], behindProxies: false }
  agent.answers['bans.ban'] = ({ address, jail }) => {
    bans.push({ address, jail, ...told })
    return { address }
  }
  agent.answers['bans.list'] = () => ({ bans: bans as never })
  agent.answers['proxies.align'] = () => ({ changes: [] })
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  for (const third of [1, 2, 3, 4, 5]) {
    const body = { address: `198.18.${third}.0/24`, jail: 'nginx-botsearch' }
    expect((await call('POST /api/bans', { body })).status).toBe(201)
  }
  await call('POST /api/bans', { body: { address: '198.18.9.9', jail: 'nginx-botsearch' } })
  expect(agent.asked('proxies.align')).toEqual([])
  await vi.advanceTimersByTimeAsync(3_000)
  expect(agent.asked('proxies.align')).toHaveLength(1)
})
