import Ajv from 'ajv/dist/2020.js'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createApp } from '../../lib/panel/app.ts'
import type { Context } from '../../lib/panel/http/context.ts'
import { PanelError } from '../../lib/model/errors.ts'
import { defineFunction, type AnyFunction } from '../../lib/panel/http/define.ts'
import { manifest } from '../../functions/manifest.ts'
import { toOpenApi } from '../../lib/panel/http/openapi.ts'
import { listAuditEntries } from '../../lib/panel/store/audit.ts'
import { openPanel, origin } from './_harness.ts'

const ajv = new Ajv.Ajv2020({ strict: false, validateFormats: false })

type Content = { content?: Record<string, { schema: object }> }
interface Described {
  parameters: { name: string; in: string }[]
  requestBody?: Content
  responses: Record<string, Content>
}

const functions = Object.entries(manifest as Record<string, AnyFunction>)

/**
 * Signing in and out, beginnings that change nothing yet, a password, and secrets that are told once: there is no thing
 * to show.
 */
const withoutThing = [
  'POST /api/session',
  'DELETE /api/session',
  'POST /api/session/passkey',
  'POST /api/session/passkey/options',
  'POST /api/setup',
  'POST /api/account/totp',
  'POST /api/account/passkeys/options',
  'PATCH /api/account',
  'POST /api/tokens',
  'POST /api/databases/{db}/sign-on',
]

it.each(functions)('%s declares what it should', (operation, definition) => {
  expect(definition.summary.length).toBeGreaterThan(5)
  if (operation.startsWith('GET ')) return expect(definition.audit).toBeUndefined()
  expect([typeof definition.scope, typeof definition.audit]).toEqual(['string', 'string'])
  if (!definition.returns) expect(definition.job).toBeFalsy()
  if (!withoutThing.includes(operation) && !definition.job)
    expect(definition.snapshot, 'the record holds the thing before and after').toBeDefined()
})

it('every function is in the OpenAPI document', () => {
  const { paths } = toOpenApi(manifest, '0') as { paths: Record<string, Record<string, { operationId: string }>> }
  const documented = Object.values(paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  )
  expect(documented.sort()).toEqual(functions.map(([operation]) => operation).sort())
})

it('an error that a function does not declare fails the test that sees it (control)', async () => {
  const odd = (throws: AnyFunction['throws']) =>
    defineFunction({
      summary: 'Refuse',
      access: 'public',
      ...(throws && { throws }),
      run: () => {
        throw new PanelError('hsts_on', 409, 'No')
      },
    }) as AnyFunction
  const { call } = await openPanel({ 'GET /api/silent': odd(undefined), 'GET /api/told': odd(['hsts_on']) })
  await expect(call('GET /api/silent')).rejects.toThrow('hsts_on')
  expect((await call('GET /api/told')).status).toBe(409)
})

it('the OpenAPI document describes every path parameter, and only schemas that compile', async () => {
  const { call } = await openPanel()
  const { openapi, paths } = (await call('GET /api/openapi.json')).body
  expect(openapi).toMatch(/^3\.1\./)
  for (const [path, methods] of Object.entries<Record<string, Described>>(paths)) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    for (const { parameters, requestBody, responses } of Object.values(methods)) {
      expect(
        parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name),
        path,
      ).toEqual(named)
      const contents = [requestBody, ...Object.values(responses)].flatMap((part) => Object.values(part?.content ?? {}))
      for (const { schema } of contents) if (!('$ref' in schema)) expect(() => ajv.compile(schema), path).not.toThrow()
    }
  }
})

it('a function that changes something without saying so cannot be mounted', () => {
  const bare: AnyFunction = { summary: 'Change something', run: () => null }
  const mount = (operation: string, definition: AnyFunction) => () =>
    createApp({} as Context, { [operation]: definition }, () => '')
  expect(mount('POST /api/a', bare)).toThrow(/must declare scope and audit/)
  expect(mount('DELETE /api/a', { ...bare, scope: 'setup' })).toThrow(/must declare/)
  expect(mount('POST /api/a', { ...bare, scope: 'setup', audit: 'a' })).not.toThrow()
})

it('?plan=true on what touches only the panel’s own store changes nothing', async () => {
  const { ctx, call, signIn } = await openPanel()
  await signIn()
  const before = listAuditEntries(ctx.db, 10)
  expect(await call('DELETE /api/session', { path: '/api/session?plan=true' })).toMatchObject({
    status: 200,
    body: { changes: [] },
  })
  expect((await call('GET /api/session')).status).toBe(200)
  const wrong = await call('POST /api/session', {
    path: '/api/session?plan=true',
    body: { username: 'admin', password: 'wrong' },
  })
  expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([200, null])
  expect((await call('PATCH /api/settings', { path: '/api/settings?plan=true', body: {} })).body.code).toBe(
    'agent_unreachable',
  )
  expect(listAuditEntries(ctx.db, 10)).toEqual(before)
})

it('a body that is wrong everywhere gets a short answer', async () => {
  const { call, signIn } = await openPanel()
  await signIn()
  const { status, body } = await call('POST /api/sites', {
    body: { domain: 'a.test', runtime: 'static', aliases: Array(100_000).fill(0) },
  })
  expect([status, body.details.issues.length]).toEqual([422, 20])
})

it('a full disk is said to be one', async () => {
  const log = vi.spyOn(console, 'error').mockReturnValue()
  onTestFinished(() => log.mockRestore())
  const { ctx, call, signIn } = await openPanel()
  await signIn()
  ctx.db.sqlite.pragma(`max_page_count = ${ctx.db.sqlite.pragma('page_count', { simple: true }) as number}`)
  // The rows that are there leave no room for another.
  const fill = ctx.db.sqlite.prepare(
    "INSERT INTO audit (at, address, action, ok, details) VALUES ('', '', 'filler', 1, 'null')",
  )
  expect(() => {
    for (let index = 0; index < 100_000; index++) fill.run()
  }).toThrow(/full/)
  const body = {
    domain: 'a.test',
    runtime: 'static',
    aliases: Array.from({ length: 100 }, (_, i) => `${'x'.repeat(60)}.${'y'.repeat(60)}.a${i}.test`),
  }
  expect(await call('POST /api/sites', { body })).toMatchObject({ status: 507, body: { code: 'disk_full' } })
  expect(log.mock.calls.flat()).toContain('This could not be put on record:')
  expect(ctx.db.sqlite.prepare('SELECT count(*) AS n FROM sites').get()).toEqual({ n: 0 })
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

it('without its agent the panel says so, and keeps the old state', async () => {
  const { ctx, call, signIn } = await openPanel()
  await signIn()
  expect((await call('GET /api/health')).body).toEqual({
    status: 'degraded',
    panel: 'ok',
    agent: 'unreachable',
    services: [],
    failedPhp: 0,
    outdated: [],
  })
  expect(await call('POST /api/sites', { body: { domain: 'a.test', runtime: 'static' } })).toMatchObject({
    status: 503,
    body: { code: 'agent_unreachable' },
  })
  expect(ctx.db.sqlite.prepare('SELECT count(*) AS n FROM site_names').get()).toEqual({ n: 0 })
  expect(await call('GET /api/drift')).toMatchObject({ status: 503, body: { code: 'agent_unreachable' } })
})
