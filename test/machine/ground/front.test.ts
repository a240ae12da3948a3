import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { script } from '../cache/_cache.ts'
import { handmade } from '../certificates/_authority.ts'
import { api, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { create, deleteSite, output } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { ask, bot, edge, endEdge, signInAt, startEdge, stranger, visitor } from './_edge.ts'

let machine: Machine
let panel: Api
const domain = 'front.test'
const program = `$told = ['REMOTE_ADDR', 'HTTPS', 'REQUEST_SCHEME', 'SERVER_PORT', 'HTTP_X_FORWARDED_PROTO',
  'HTTP_X_FORWARDED_FOR', 'HTTP_CF_CONNECTING_IP', 'HTTP_X_FORWARDED_HOST'];
echo json_encode(array_map(fn($name) => $_SERVER[$name] ?? null, array_combine($told, $told)));`
const forged = {
  'x-forwarded-for': '198.51.100.9',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'evil.test',
  'cf-connecting-ip': '198.51.100.9',
}
const told = async ({ get }: Api) =>
  ((await get('/alerts')).body.alerts as { key: string; message: string }[])
    .filter(({ key }) => key.startsWith('proxies:front:'))
    .map(({ message }) => message)
const trust = async (...trustedProxies: string[]) => {
  const { status, body } = await panel.patch('/settings', { trustedProxies }, { prefer: 'wait=60' })
  expect([status, body.message]).toEqual([200, undefined])
}

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await startEdge(machine)
  await create(panel, { domain, runtime: 'php' })
  await script(machine, domain, 'index.php', program)
  const put = await panel.send('PUT', `/sites/${domain}/certificate`, await handmade(machine, domain))
  const { status, body } = await panel.patch(`/sites/${domain}`, { hsts: true })
  expect([put.status, status, body.message]).toEqual([200, 200, undefined])
}, 120_000)
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  await trust()
  await deleteSite(panel, domain)
  await endEdge(machine)
})

it('a proxy that nobody named is nobody: its visitors on https are led to https for ever (control)', async () => {
  const { status, headers } = await ask(machine, `https://${domain}/`, { from: visitor })
  expect([status, headers.location]).toEqual([301, `https://${domain}/`])
})

it('the panel says what that proxy must pass on, and which address to name', async () => {
  const refused = await signInAt(machine, 'https://panel.front.test:9443', visitor)
  expect([refused.status, JSON.parse(refused.body).message]).toEqual([
    403,
    expect.stringMatching(/pass on Host, X-Forwarded-For, .*--trusted-proxies 10\.99\.0\.2\)/),
  ])
  expect((await signInAt(machine, 'https://panel.front.test:8443', visitor)).status).toBe(200)
  expect(await told(panel)).toEqual([expect.stringContaining(`the proxy ${edge}, which the panel does not trust`)])
})

describe('behind a proxy that the server trusts', () => {
  beforeAll(() => trust(edge))

  it('a visitor on https is on https, and has an address', async () => {
    const { status, headers, body } = await ask(machine, `https://${domain}/`, { from: visitor, headers: forged })
    expect([status, JSON.parse(body)]).toEqual([
      200,
      {
        REMOTE_ADDR: visitor,
        HTTPS: 'on',
        REQUEST_SCHEME: 'https',
        SERVER_PORT: '443',
        HTTP_X_FORWARDED_PROTO: 'https',
        HTTP_X_FORWARDED_FOR: visitor,
        HTTP_CF_CONNECTING_IP: visitor,
        HTTP_X_FORWARDED_HOST: domain,
      },
    ])
    expect(headers['strict-transport-security']).toBe('max-age=31536000')
  })

  it('a visitor on http is led to https, but for an authority', async () => {
    const { status, headers } = await ask(machine, `http://${domain}/a?b=c`, { from: visitor })
    expect([status, headers.location]).toEqual([301, `https://${domain}/a?b=c`])
    expect(headers['strict-transport-security']).toBeUndefined()
    const proof = await ask(machine, `http://${domain}/.well-known/acme-challenge/x`, { from: visitor })
    expect(proof.status).toBe(404)
  })

  it('somebody else is believed nothing', async () => {
    const { status, headers } = await ask(machine, `http://${domain}/`, { from: stranger, headers: forged })
    expect([status, headers.location]).toEqual([301, `https://${domain}/`])
    const { body } = await ask(machine, `https://${domain}/`, {
      from: stranger,
      headers: { ...forged, 'x-forwarded-proto': 'http' },
    })
    expect(JSON.parse(body)).toEqual({
      REMOTE_ADDR: stranger,
      HTTPS: 'on',
      REQUEST_SCHEME: 'https',
      SERVER_PORT: '443',
      HTTP_X_FORWARDED_PROTO: 'https',
      HTTP_X_FORWARDED_FOR: stranger,
      HTTP_CF_CONNECTING_IP: null,
      HTTP_X_FORWARDED_HOST: domain,
    })
  })

  it('the panel knows who signs in', async () => {
    const { status, headers } = await signInAt(machine, 'https://panel.front.test:8443', visitor)
    expect([status, headers['set-cookie']]).toEqual([200, expect.stringContaining('; Secure;')])
    const { entries } = (await panel.get('/audit?action=session.create')).body
    expect([entries[0].address, await told(panel)]).toEqual([visitor, []])
  })

  it('it may hold any number of connections, and nothing drifts', async () => {
    expect(await output(machine, 'nft', 'list', 'set', 'inet', 'hosting_panel_limits', 'panel_proxies4')).toContain(
      edge,
    )
    expect(await output(machine, 'fail2ban-client', 'get', 'nginx-botsearch', 'ignoreip')).toContain(edge)
    expect((await panel.get('/drift')).body.changes).toEqual([])
  })
})

describe('a bot behind it', () => {
  const seen = async (from: string, path = '/') => (await ask(machine, `https://${domain}${path}`, { from })).status
  const banned = () => expect.poll(() => seen(bot), { timeout: 60_000 }).toBe(403)
  const ban = async () =>
    ((await panel.get('/bans')).body.bans as { address: string }[]).filter(({ address }) => address === bot)
  const pids = () => output(machine, 'pgrep', '-f', 'nginx: worker')
  const drift = async () =>
    ((await panel.get('/drift')).body.changes as { action: string; name: string }[]).map(
      ({ action, name }) => `${action} ${name}`,
    )

  beforeAll(() => trust(edge))
  afterAll(async () => void (await panel.delete(`/bans/${bot}`)))

  it('is banned in nginx, without a reload; the proxy and its other visitors still get in', async () => {
    const before = await pids()
    for (let count = 0; count < 5; count++) expect(await seen(bot, '/wp-login.php')).toBe(404)
    await banned()
    expect([await seen(visitor), await seen(stranger), await pids()]).toEqual([200, 200, before])
    const { headers, body } = await ask(machine, `https://${domain}/`, { from: bot })
    expect([headers['cache-control'], body]).toEqual(['no-store', expect.stringContaining('banned from here')])
    expect(await ban()).toMatchObject([{ jail: 'nginx-botsearch', behindProxies: true }])
  })

  it('stays so when nginx and Fail2ban begin anew', async () => {
    await output(machine, 'systemctl', 'restart', 'nginx', 'fail2ban')
    await banned()
    expect([await seen(visitor), await drift()]).toEqual([200, []])
  })

  it('is so again after somebody took that away, and no longer than Fail2ban says', async () => {
    const file = `/run/hosting-panel-bans/nginx-botsearch/${bot}`
    const other = '/run/hosting-panel-bans/nginx-http-auth/203.0.113.99'
    await output(machine, 'sh', '-c', `rm ${file}; mkdir -p $(dirname ${other}); touch ${other}`)
    expect([await seen(bot), await drift()]).toEqual([200, [`create ${file}`, `delete ${other}`]])
    expect((await panel.post('/drift', undefined, { prefer: 'wait=60' })).status).toBe(200)
    expect([await seen(bot), await drift()]).toEqual([403, []])
    expect((await panel.delete(`/bans/${bot}`)).status).toBe(200)
    await expect.poll(() => seen(bot), { timeout: 20_000 }).toBe(200)
  })
})
