import { describe, expect, it } from 'vitest'
import { functions } from '../_functions.ts'
import { openPanel, origin } from '../_harness.ts'

it('a body that is wrong everywhere gets a short answer', async () => {
  const { call, signIn } = await openPanel()
  await signIn()
  const { status, body } = await call('POST /api/sites', {
    body: { domain: 'a.test', runtime: 'static', aliases: Array(100_000).fill(0) },
  })
  expect([status, body.details.issues.length]).toEqual([422, 20])
})

it.each(functions.filter(([, { access }]) => access !== 'public'))('%s needs a session', async (operation) => {
  const { call } = await openPanel()
  const path = operation.split(' ')[1]!.replace(/\{\w+\}/, 'example.test')
  expect(await call(operation, { path, body: operation.startsWith('GET') ? undefined : {} })).toMatchObject({
    status: 401,
    body: { code: 'not_signed_in' },
  })
})

describe('bad requests get 4xx with a code and change nothing', () => {
  const good = { domain: 'a.test', runtime: 'static' }
  const cases: [string, number, string, Parameters<Awaited<ReturnType<typeof openPanel>>['call']>[1]][] = [
    ['an unknown key', 422, 'invalid_input', { body: { ...good, colour: 'red' } }],
    ['an unknown query key', 422, 'invalid_input', { path: '/api/sites?colour=red', body: good }],
    ['a plan that is neither true nor false', 422, 'invalid_input', { path: '/api/sites?plan=yes', body: good }],
    ['no JSON', 400, 'invalid_json', { body: '{"domain":' }],
    ['an empty body', 400, 'invalid_json', { body: '' }],
    ['deeply nested JSON', 422, 'invalid_input', { body: `${'['.repeat(50_000)}${']'.repeat(50_000)}` }],
    ['more than 1 MiB', 413, 'body_too_large', { body: JSON.stringify({ ...good, colour: 'x'.repeat(1_100_000) }) }],
    [
      'a form',
      415,
      'unsupported_media_type',
      { body: 'domain=a.test', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ],
    [
      'plain text',
      415,
      'unsupported_media_type',
      { body: JSON.stringify(good), headers: { 'content-type': 'text/plain' } },
    ],
    ['a foreign origin', 403, 'foreign_origin', { body: good, headers: { origin: 'https://evil.test' } }],
    ['the null origin', 403, 'foreign_origin', { body: good, headers: { origin: 'null' } }],
    ['the same host on another port', 403, 'foreign_origin', { body: good, headers: { origin: 'https://panel.test' } }],
    [
      'a prototype',
      422,
      'invalid_input',
      { body: '{"domain":"a.test","runtime":"static","__proto__":{"enabled":false}}' },
    ],
  ]
  it.each(cases)('%s', async (_, status, code, options) => {
    const { ctx, call, signIn } = await openPanel()
    await signIn()
    expect(await call('POST /api/sites', options)).toMatchObject({ status, body: { code } })
    expect(ctx.db.sqlite.prepare('SELECT count(*) AS n FROM sites').get()).toEqual({ n: 0 })
  })

  it('no origin at all, with a cookie', async () => {
    const { app, call, signIn } = await openPanel()
    await signIn()
    const { headers } = await call('POST /api/session', {
      body: { username: 'admin', password: 'correct horse battery' },
    })
    const cookie = headers.get('set-cookie')!.split(';')[0]!
    const send = (extra: Record<string, string>) =>
      app.fetch(
        new Request(`${origin}/api/session`, {
          method: 'DELETE',
          headers: { host: 'panel.test:8080', cookie, ...extra },
        }),
      )
    expect((await send({})).status).toBe(403)
    expect((await send({ 'sec-fetch-site': 'same-origin' })).status).toBe(204)
  })

  it('never echoes what was sent', async () => {
    const { call } = await openPanel()
    const { body } = await call('POST /api/session', {
      body: { username: ['a canary'], password: { canary: 'a canary' } },
    })
    expect(JSON.stringify(body)).not.toContain('a canary')
  })
})

it('other methods get 405 with Allow, other addresses 404, malformed ones 400', async () => {
  const { app, call } = await openPanel()
  const put = await app.fetch(new Request(`${origin}/api/sites`, { method: 'PUT' }))
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, POST'])
  expect((await call('GET /api/nothing')).body.code).toBe('not_found')
  expect((await app.fetch(new Request(`${origin}/api/sites/%ZZ`))).status).toBe(400)
})

it('too many calls get 429 with Retry-After: 600 a minute without a session, 3000 with one', async () => {
  const { call, signIn } = await openPanel()
  const address = '192.0.2.66'
  const some = async (count: number) =>
    (await Promise.all(Array.from({ length: count }, () => call('GET /api/setup', { address })))).map(
      ({ status }) => status,
    )
  // One has a thousand calls at once at most.
  const statuses = async (count: number) => {
    const all: number[] = []
    for (; all.length < count;) all.push(...(await some(Math.min(600, count - all.length))))
    return all
  }
  expect(new Set(await statuses(600))).toEqual(new Set([200]))
  const refused = await call('GET /api/setup', { address })
  expect([refused.status, refused.body.code, Number(refused.headers.get('retry-after')) > 0]).toEqual([
    429,
    'too_many_requests',
    true,
  ])
  expect((await call('GET /api/setup', { address: '192.0.2.77' })).status).toBe(200)
  await signIn()
  expect((await statuses(3000)).filter((status) => status === 429)).toEqual([])
  expect((await call('GET /api/setup')).status).toBe(429)
  expect((await call('GET /api/session')).status, 'another function is no other limit').toBe(429)
}, 60_000)
