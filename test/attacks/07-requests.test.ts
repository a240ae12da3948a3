import { connect, type TLSSocket } from 'node:tls'
import { beforeAll, expect, it } from 'vitest'
import { administrator, client } from '../machine/http.ts'
import { itInSoak } from '../_cases.ts'
import { deleteCounters, output, panelUrl, sharedCookie, target, type Target } from './_attack.ts'
import { sideEffects } from './_side-effects.ts'

let on: Target
let cookie: string
beforeAll(async () => {
  on = await target()
  cookie = sharedCookie(on.machine)
})

/** Sends bytes as they are; answers all that came back until the other side closed, or for so long. */
const raw = (bytes: string | Buffer | ((socket: TLSSocket) => void), seconds = 5) =>
  new Promise<string>((resolve) => {
    let answer = ''
    const socket = connect(
      { host: on.machine.address, port: 8080, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] },
      () => {
        if (typeof bytes === 'function') bytes(socket)
        else socket.write(bytes)
      },
    )
    socket
      .on('data', (part) => (answer += part.toString('latin1')))
      .on('close', () => resolve(answer))
      .on('error', () => resolve(answer))
    setTimeout(() => socket.destroy(), seconds * 1000)
  })
const head = (line: string, extra: string[] = []) =>
  [
    line,
    'Host: panel.test:8080',
    `Cookie: ${cookie}`,
    'Origin: https://panel.test:8080',
    ...extra,
    'Connection: close',
    '',
    '',
  ].join('\r\n')
const post = (body: string, extra: string[] = ['Content-Type: application/json']) =>
  head('POST /api/sites?plan=true HTTP/1.1', [...extra, `Content-Length: ${Buffer.byteLength(body)}`]) + body
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0)
const alive = async () => expect((await on.panel.get('/session')).status).toBe(200)

it('an honest request by the same way is taken (control)', async () => {
  expect(statusOf(await raw(head('GET /api/session HTTP/1.1')))).toBe(200)
  expect(statusOf(await raw(post('{"domain":"raw.test","runtime":"static"}')))).toBe(200)
})

it('a session somebody else chose is never taken over', async () => {
  await deleteCounters(on.machine)
  const planted = `__Host-session=${'A'.repeat(43)}`
  const { status, headers } = await client(on.machine, planted).post('/session', administrator)
  const given = headers['set-cookie']!.join()
  expect([status, given.includes(planted)]).toEqual([200, false])
  expect((await client(on.machine, planted).get('/session')).status).toBe(401)
  const first = given.split(';')[0]!
  const again = await client(on.machine, first).post('/session', administrator)
  expect(again.headers['set-cookie']!.join()).not.toContain(first)
  expect((await client(on.machine, first).get('/session')).status, 'the one before ends').toBe(401)
})

it.each([
  ['a line break in a header', head('GET /api/session HTTP/1.1', ['X-Test: a\nSet-Cookie: evil=1'])],
  [
    'a line break in the path',
    'GET /api/session%0d%0aSet-Cookie:%20evil=1 HTTP/1.1\r\nHost: panel.test\r\nConnection: close\r\n\r\n',
  ],
  [
    'two lengths',
    head('POST /api/sites HTTP/1.1', ['Content-Type: application/json', 'Content-Length: 2', 'Content-Length: 40']) +
      '{}',
  ],
  [
    'a length and chunks',
    head('POST /api/sites HTTP/1.1', [
      'Content-Type: application/json',
      'Content-Length: 4',
      'Transfer-Encoding: chunked',
    ]) + '0\r\n\r\nGET /api/session HTTP/1.1\r\n\r\n',
  ],
  ['no host', 'GET /api/session HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['a NUL', 'GET /api/\0session HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ['a long path', `GET /api/${'a'.repeat(100_000)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
  ['long headers', head('GET /api/session HTTP/1.1', [`X-Long: ${'a'.repeat(200_000)}`])],
  ['no HTTP at all', '\x16\x03\x01 SSH-2.0-OpenSSH_9.2\r\n\r\n'],
])('%s gets no session, no header of its own, and no crash', async (_what, bytes) => {
  const answer = await raw(bytes)
  expect(answer).not.toMatch(/^Set-Cookie: evil/im)
  expect([0, 400, 401, 404, 405, 409, 411, 413, 414, 422, 431, 501]).toContain(
    statusOf(answer) === 200 && /a line break in a header/.test(_what) ? 0 : statusOf(answer),
  )
  await alive()
})

it.each([
  ['nested a hundred thousand deep', `{"domain":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 422],
  ['with keys of the prototype', '{"__proto__":{"role":"admin"},"domain":"raw.test","runtime":"static"}', 422],
  ['of a megabyte of one string', `{"domain":"${'a'.repeat(1_000_000)}","runtime":"static"}`, 422],
  ['larger than is taken', `{"domain":"${'a'.repeat(1_500_000)}","runtime":"static"}`, 413],
  ['larger than nginx takes', `{"domain":"${'a'.repeat(3_000_000)}"}`, 413],
  ['that is no JSON', '{"domain":', 400],
  ['in another encoding', Buffer.from('{"domain":"\xff\xfe"}', 'latin1').toString('latin1'), 422],
])('a body %s is refused', async (_what, body, status) => {
  expect(statusOf(await raw(post(body), 15))).toBe(status)
  await alive()
})

it.each([
  ['text/plain'],
  ['application/x-www-form-urlencoded'],
  ['multipart/form-data; boundary=x'],
  ['application/jsonx'],
  ['text/json, application/json'],
])('the content type %s is refused', async (type) => {
  expect(statusOf(await raw(post('{"domain":"raw.test","runtime":"static"}', [`Content-Type: ${type}`])))).toBe(415)
})

/** Seconds that slow senders hold on; who is served meanwhile needs less for all that is asked. */
const HELD = 20

itInSoak(
  'a body that never ends, or comes a byte at a time, holds nobody else up',
  async () => {
    const before = await sideEffects(on.machine)
    const truncated = Array.from({ length: 100 }, () =>
      raw(
        head('POST /api/sites HTTP/1.1', ['Content-Type: application/json', 'Content-Length: 500']) + '{"domain":',
        HELD,
      ),
    )
    const slow = Array.from({ length: 100 }, () =>
      raw((socket) => {
        socket.write(head('POST /api/sites HTTP/1.1', ['Content-Type: application/json', 'Content-Length: 5000']))
        const timer = setInterval(() => socket.write(' '), 200)
        socket.on('close', () => clearInterval(timer))
      }, HELD),
    )
    const started = Date.now()
    for (let ask = 0; ask < 10; ask++) await alive()
    expect(Date.now() - started).toBeLessThan(HELD * 750)
    await Promise.all([...truncated, ...slow])
    expect(await sideEffects(on.machine)).toBe(before)
    expect(await output(on.machine, 'systemctl', 'is-active', 'hosting-panel.service')).toBe('active')
  },
  300_000,
)

it('plain HTTP on the panel’s port is told the HTTPS address, and headers are strict', async () => {
  const plain = await output(
    on.machine,
    'curl',
    '-s',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code} %{redirect_url}',
    'http://127.0.0.1:8080/sites',
  )
  expect(plain).toBe('301 https://127.0.0.1:8080/sites')
  const { headers } = await on.panel.get('/session')
  const page = (await raw(head('GET / HTTP/1.1'))).toLowerCase()
  expect(page).toContain('strict-transport-security: max-age=31536000')
  expect(page).toContain("frame-ancestors 'none'")
  expect(page).toContain('referrer-policy: no-referrer')
  expect(page).not.toContain('unsafe-inline')
  expect(headers['cache-control']).toBe('no-store')
  for (const old of ['-tls1', '-tls1_1'])
    expect(
      await output(
        on.machine,
        'sh',
        '-c',
        `openssl s_client -connect 127.0.0.1:8080 ${old} -cipher ALL:@SECLEVEL=0 </dev/null 2>&1 | grep -c ` +
          `'Cipher is (NONE)\\|no protocols'`,
      ),
    ).not.toBe('0')
  expect(panelUrl(on.machine)).toMatch(/^https:/)
})
