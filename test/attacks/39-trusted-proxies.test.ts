import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { script } from '../machine/cache/_cache.ts'
import { site } from '../machine/http.ts'
import { output } from '../machine/sites/_helpers.ts'
import { newUser, target, type Target } from './_attack.ts'

const domain = 'behind.test'
const [visitor, forged] = ['203.0.113.7', '198.51.100.9']
let on: Target, edge: string

beforeAll(async () => {
  on = await target()
  // This host is the proxy in front of the machine.
  edge = on.machine.state.network.gateway
  expect((await on.panel.post('/sites', { domain, runtime: 'php' })).status).toBe(201)
  await script(on.machine, domain, 'index.php', "echo $_SERVER['REMOTE_ADDR'];")
  await script(
    on.machine,
    domain,
    'scheme.php',
    "echo $_SERVER['REQUEST_SCHEME'], ' ', $_SERVER['HTTPS'] ?? '', ' ', $_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '';",
  )
}, 120_000)
afterAll(async () => {
  await on.panel.delete(`/sites/${domain}?purge=true`)
  await on.panel.delete('/users/behind')
})

const trust = async (...trustedProxies: string[]) => {
  const { status, body } = await on.panel.patch(`/sites/${domain}`, { trustedProxies })
  expect([status, body.message]).toEqual([200, undefined])
}
const schemeOf = async (told: string) =>
  (await site(on.machine, domain, '/scheme.php', { headers: { 'x-forwarded-proto': told } })).body
const seenAs = async (headers: Record<string, string>) => (await site(on.machine, domain, '/', { headers })).body

describe('a client that no site trusts', () => {
  it.each([[[]], [['cloudflare']], [['cloudflare', 'fastly', '192.0.2.0/24']]])('is itself, with %j', async (list) => {
    await trust(...list)
    expect(
      await seenAs({
        'x-forwarded-for': forged,
        'cf-connecting-ip': forged,
        'x-real-ip': forged,
        forwarded: `for=${forged}`,
      }),
    ).toBe(edge)
    expect(await schemeOf('https')).toMatch(list.length > 0 ? /^http {2}http$/ : /^http {2}/)
  })
})

describe('a proxy that the site trusts', () => {
  beforeAll(() => trust(edge))

  it('tells the visitor (control), who cannot put another address before its own', async () => {
    expect(await seenAs({ 'x-forwarded-for': visitor })).toBe(visitor)
    expect(await seenAs({ 'x-forwarded-for': `${forged}, ${visitor}` })).toBe(visitor)
    expect(await seenAs({ 'x-forwarded-for': `${forged}, ${visitor}, ${edge}` })).toBe(visitor)
    expect(await seenAs({ 'cf-connecting-ip': forged })).toBe(edge)
    expect(await seenAs({ 'x-forwarded-for': 'nonsense' })).toBe(edge)
  })

  it('tells the visitor’s scheme (control), and nothing else', async () => {
    expect(await schemeOf('https')).toBe('https on https')
    for (const told of ['http', 'https, http', 'ftp', 'https;x', '']) expect(await schemeOf(told)).toBe('http  http')
  })

  it('is in no log that bans come from', async () => {
    const log = () => output(on.machine, 'cat', '/var/log/nginx/hosting-panel-guard.log')
    await site(on.machine, domain, '/wp-login.php', { headers: { 'x-forwarded-for': visitor } })
    const line = (await log()).split('\n').findLast((text) => text.includes(`"${domain}"`))
    expect(line).toContain(` ${visitor} scan 404 `)
  })

  it('is never banned, by a log or by hand', async () => {
    expect(await output(on.machine, 'fail2ban-client', 'get', 'nginx-botsearch', 'ignoreip')).toContain(edge)
    expect((await on.panel.post('/bans', { address: edge, confirm: true })).body.code).toBe('address_ignored')
    expect((await on.panel.get('/drift')).body.changes).toEqual([])
  })
})

it('a customer trusts Cloudflare, and nobody else', async () => {
  const customer = await newUser(on, 'behind')
  await on.panel.patch(`/sites/${domain}`, { owner: 'behind' })
  for (const trustedProxies of [[edge], ['cloudflare', '192.0.2.0/24'], ['fastly']])
    expect((await customer.patch(`/sites/${domain}`, { trustedProxies })).status).toBe(403)
  expect((await customer.patch(`/sites/${domain}`, { trustedProxies: ['cloudflare'] })).status).toBe(200)
})

it.each([['0.0.0.0/0'], ['127.0.0.1'], ['::/0'], ['akamai'], ['1.2.3.4; }'], ['cloudflare\n']])(
  '%j is no proxy',
  async (entry) => {
    const { status } = await on.panel.patch(`/sites/${domain}`, { trustedProxies: [entry] })
    expect(status).toBe(422)
  },
)
