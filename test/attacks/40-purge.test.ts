import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putCache, script } from '../machine/cache/_cache.ts'
import { request, site } from '../machine/http.ts'
import { output } from '../machine/sites/_helpers.ts'
import { target, type Target } from './_attack.ts'

const [victim, attacker, front, flood] = ['shown.test', 'purger.test', 'front-purge.test', 'flood.test']
const path = '/.hosting-panel/purge'
const local = `http://127.0.0.1${path}`
let on: Target
const users: Record<string, string> = { root: '0', 'www-data': 'www-data', nobody: '65534', 'nobody at all': '4242' }

beforeAll(async () => {
  on = await target()
  for (const domain of [victim, attacker, flood]) {
    const { status, body } = await on.panel.post('/sites', { domain, runtime: 'php' })
    expect([status, body.message]).toEqual([201, undefined])
    users[domain] = body.user as string
    await script(on.machine, domain, 'index.php', "echo 'page';")
    expect((await putCache(on.panel, domain, { page: { minutes: 10 } })).status).toBe(200)
  }
  const passesOn = { domain: front, runtime: 'proxy', proxyTo: 'http://127.0.0.1' }
  expect((await on.panel.post('/sites', passesOn)).status).toBe(201)
  // A careless program of the attacker's site: it passes on whatever a visitor sends.
  await script(
    on.machine,
    attacker,
    'wp-forward.php',
    `echo file_get_contents('${local}', false, stream_context_create(['http' => ['method' => 'POST', 'content' => '{}',
  'ignore_errors' => true, 'header' => "Host: " . $_SERVER['HTTP_X_TO'] . "\\r\\nX-Forwarded-For: 127.0.0.1"]]));`,
  )
  for (const domain of [victim, attacker]) await site(on.machine, domain)
}, 180_000)
afterAll(async () => {
  for (const domain of [victim, attacker, front, flood]) await on.panel.delete(`/sites/${domain}?purge=true`)
})

const shown = async () => (await site(on.machine, victim)).headers['x-cache']
/** Answers the status, and the body of one that was answered at all, to a program of a user on the server. */
const ask = (who: string, url = local, ...more: string[]) =>
  output(
    on.machine,
    ...['setpriv', `--reuid=${users[who]}`, '--regid=65534', '--clear-groups'],
    ...['curl', '-sk', '--max-time', '60', '-w', ' %{http_code}', ...(more.includes('-d') ? [] : ['-d', '{}'])],
    ...[...more, url],
  )
const refused = /"not_allowed".* 403$/

describe('on the server', () => {
  it.each(['root', 'www-data', 'nobody', 'nobody at all'])('%s deletes no page', async (who) => {
    expect(await ask(who)).toMatch(refused)
    expect(await shown()).toBe('HIT')
  })

  it.each<[string, string[]]>([
    ['the other site’s name', ['-H', `Host: ${victim}:80`]],
    ['headers of nginx', ['-H', 'X-Hosting-Panel-Peer-Port: 1', '-H', 'X-Hosting-Panel-Peer: 127.0.0.1']],
    ['somebody’s address', ['-H', 'X-Forwarded-For: 127.0.0.1', '-H', 'X-Real-IP: 127.0.0.1']],
    ['the other site’s address', ['-d', `{"address": "http://${victim}/"}`]],
    ['the other site', ['-d', `{"site": "${victim}"}`]],
  ])('the user of a site deletes none of another’s with %s', async (_, more) => {
    await ask(attacker, local, ...more)
    expect(await shown()).toBe('HIT')
  })

  it.each([
    ['IPv6', `http://[::1]${path}`, /^000$/],
    ['IPv4 mapped into IPv6', `http://[::ffff:127.0.0.1]${path}`, refused],
    ['TLS', `https://127.0.0.1${path}`, /^000$/],
    ['the panel’s port', `https://127.0.0.1:8080${path}`, / (?:403|404|405)$/],
    ['the panel’s API', 'https://127.0.0.1:8080/api/purge', / (?:403|404|405)$/],
  ])('nobody does over %s', async (_, url, answer) => {
    expect(await ask(victim, url)).toMatch(answer)
    expect(await shown()).toBe('HIT')
  })

  it('nobody does by the server’s other address, or by the panel’s socket without nginx’s secret', async () => {
    expect(await ask(victim, `http://${on.machine.address}${path}`)).toBe('000')
    const socket = ['--unix-socket', '/run/hosting-panel/panel/panel.sock']
    const said = ['-H', 'X-Hosting-Panel-Peer: 127.0.0.1', '-H', 'X-Hosting-Panel-Server: 127.0.0.1']
    expect(await ask('root', 'http://x/purge', ...socket, ...said)).toMatch(/"not_found".* 404$/)
    expect(await shown()).toBe('HIT')
  })
})

describe('from outside', () => {
  const headers = { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', forwarded: 'for=127.0.0.1' }
  it.each(['127.0.0.1', 'localhost', 'unknown.test'])('nobody deletes a page as %s', async (host) => {
    const url = `http://${on.machine.address}${path}`
    await expect(request(url, { method: 'POST', body: '{}', headers: { ...headers, host } })).rejects.toThrow()
    expect(await shown()).toBe('HIT')
  })

  it('nobody does by a site, by one that is passed on to this server, or by a proxy that it trusts', async () => {
    const trustedProxies = [on.machine.state.network.gateway]
    expect((await on.panel.patch(`/sites/${victim}`, { trustedProxies })).status).toBe(200)
    for (const domain of [victim, front])
      for (const way of [path, '/%2ehosting-panel/purge', '/x/..//.hosting-panel/purge'])
        expect((await site(on.machine, domain, way, { method: 'POST', body: '{}', headers })).status).toBe(404)
    expect(await shown()).toBe('HIT')
  })

  it('a program that passes requests on reaches its own site’s pages alone', async () => {
    const { body } = await site(on.machine, attacker, '/wp-forward.php', { headers: { 'x-to': `${victim}.` } })
    expect(body).not.toContain('"code":"not_allowed"')
    expect(await shown()).toBe('HIT')
  })
})

it('a flood is slowed down, and meanwhile a site’s own user deletes its pages (control)', async () => {
  const flooded = ask(
    flood,
    `${local}?[1-300]`,
    '-Z',
    '--parallel-max',
    '40',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}\n',
  )
  expect(await ask(victim)).toBe('{"pages":1} 200')
  expect(await shown()).toBe('MISS')
  const statuses = (await flooded).split('\n')
  const count = (status: string) => statuses.filter((each) => each === status).length
  expect([count('200') + count('429'), count('200') <= 240]).toEqual([300, true])
  expect((await on.panel.get('/health')).status).toBe(200)
})
