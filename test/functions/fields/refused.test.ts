import * as v from 'valibot'
import { expect, it } from 'vitest'
import { forAdministrators } from '../../../lib/model/auth/set-by.ts'
import { defineFunction, type AnyFunction } from '../../../lib/panel/http/define.ts'
import { manifest } from '../../../functions/manifest.ts'
import { openPanel } from '../_harness.ts'
import { bearer, everyCaller, newUser, putSite } from '../_users.ts'

const site = { domain: 'new.test', runtime: 'static' }
const php = { domain: 'new.test', runtime: 'php', phpVersion: '8.2' }
const proxy = (proxyTo: string) => ({ domain: 'new.test', runtime: 'proxy', proxyTo })
type Case = [what: string, operation: string, path: string, body: object]

/** Calls for administrators only; their tokens may make them too. */
const administrators: Case[] = [
  ['a shared user', 'POST /api/sites', '', { ...site, isolation: 'shared' }],
  ['a shared user later', 'PATCH /api/sites/{site}', '/api/sites/ann.test', { isolation: 'shared' }],
  ['a site for somebody else', 'POST /api/sites', '', { ...site, owner: 'admin' }],
  ['a site for nobody', 'POST /api/sites', '', { ...site, owner: null }],
  ['a site taken', 'PATCH /api/sites/{site}', '/api/sites/ann.test', { owner: 'admin' }],
  ['a site given away', 'PATCH /api/sites/{site}', '/api/sites/ann.test', { owner: 'bob' }],
  ['this server as a target', 'POST /api/sites', '', proxy('http://127.0.0.1:3000')],
  ['this server in disguise', 'POST /api/sites', '', proxy('http://0x7f.1:3000')],
  ['this server by its name', 'PATCH /api/sites/{site}', '/api/sites/ann.test', { proxyTo: 'http://localhost:3000' }],
  ['a large memory of PHP', 'POST /api/sites', '', { ...php, phpSettings: { memoryLimitMb: 513 } }],
  ['many processes of PHP', 'PATCH /api/sites/{site}', '/api/sites/ann.test', { phpSettings: { maxChildren: 21 } }],
  ['large requests', 'PATCH /api/sites/{site}', '/api/sites/ann.test', { bodyLimitMb: 1025 }],
  ['a large app', 'POST /api/sites', '', { domain: 'new.test', runtime: 'node', app: { memoryMb: 1025 } }],
  ['a large app later', 'PATCH /api/sites/{site}', '/api/sites/ann.test', { runtime: 'node', app: { memoryMb: 1025 } }],
  ['a database for somebody else', 'POST /api/databases', '', { name: 'one', owner: 'admin' }],
  ['a database given away', 'PATCH /api/databases/{db}', '/api/databases/ann_db', { owner: 'bob' }],
]

/** Calls that no token may make. */
const persons: Case[] = [
  ['an account', 'POST /api/users', '', { username: 'eve', password: 'a password of hers' }],
  ['an administrator', 'POST /api/users', '', { username: 'eve', password: 'a password of hers', role: 'admin' }],
  ['a role', 'PATCH /api/users/{user}', '/api/users/ann', { role: 'admin' }],
  ['a password', 'PATCH /api/users/{user}', '/api/users/ann', { password: 'a password of mine' }],
  ['a second factor', 'PATCH /api/users/{user}', '/api/users/ann', { resetSecondFactor: true }],
  ['an administrator’s limits', 'PATCH /api/users/{user}', '/api/users/admin', { limits: { sites: 1 } }],
  ['a token for somebody else', 'POST /api/tokens', '', { name: 'x', scopes: ['sites:read'], username: 'bob' }],
  ['an administrator’s account', 'DELETE /api/users/{user}', '/api/users/admin', {}],
]

async function withCallers() {
  const panel = await openPanel()
  await panel.signIn()
  const ann = await newUser(panel, 'ann')
  await newUser(panel, 'bob')
  putSite(panel, 'ann.test', 'ann')
  const spec = JSON.stringify({ name: 'ann_db', charset: 'utf8mb4', users: [] })
  panel.ctx.db.sqlite
    .prepare("INSERT INTO databases (name, spec, owner, created_at) VALUES ('ann_db', ?, 'ann', '2026-11-23')")
    .run(spec)
  return { panel, callers: await everyCaller(panel, ann, 'ann.test') }
}

const refusals = ['field_not_allowed', 'not_allowed', 'not_signed_in', 'session_needed', 'token_invalid']

it('refuses a restricted field to everybody else, whatever they come with', async () => {
  const {
    panel: { call },
    callers,
  } = await withCallers()
  const before = (await call('GET /api/users')).body
  for (const [cases, may] of [
    [administrators, ['administrator', 'administratorsToken']],
    [persons, ['administrator']],
  ] as const) {
    for (const [what, operation, path, body] of cases) {
      for (const [who, headers] of Object.entries(callers)) {
        const route = { path: `${path || operation.split(' ')[1]!}?plan=true`, headers }
        const { body: answer } = await call(operation, {
          ...route,
          ...(operation.startsWith('DELETE') ? {} : { body }),
        })
        const refused = refusals.includes(answer.code)
        // A plan of what needs the agent ends there: nobody refused it.
        if (operation.includes('{user}') && ['administrator', 'administratorsToken'].includes(who)) continue
        expect([what, who, refused, answer.code]).toEqual([
          what,
          who,
          !(may as readonly string[]).includes(who),
          answer.code,
        ])
      }
    }
  }
  expect((await call('GET /api/users')).body).toEqual(before)
}, 120_000)

it('lets no token change administrators, roles and passwords, and an administrator do it', async () => {
  const {
    panel: { call },
    callers,
  } = await withCallers()
  for (const [what, operation, path, body] of persons) {
    const send = (headers: Record<string, string>) =>
      call(operation, { ...(path && { path }), headers, ...(operation.startsWith('DELETE') ? {} : { body }) })
    for (const who of ['administratorsToken', 'fewScopes', 'administratorsSiteToken'] as const) {
      const { status, body: answer } = await send(callers[who])
      expect([what, who, status, refusals.includes(answer.code)]).toEqual([what, who, 403, true])
    }
    const { status, body: answer } = await send(callers.administrator)
    expect([what, refusals.includes(answer.code)]).toEqual([what, false])
    expect([200, 201, 204, 409], what).toContain(status)
  }
})

it('names the field, and takes from others what they may give', async () => {
  const {
    panel: { call },
    callers: { customer },
  } = await withCallers()
  const post = (body: object) => call('POST /api/sites', { body, headers: customer })
  expect((await post({ ...site, isolation: 'shared' })).body).toEqual({
    code: 'field_not_allowed',
    message: 'isolation: Only an administrator sets this; others may give own',
    details: { field: 'isolation' },
  })
  for (const body of [
    { ...site, isolation: 'own', owner: 'ann', bodyLimitMb: 1024 },
    proxy('http://192.0.2.9'),
    { ...php, phpSettings: { memoryLimitMb: 512 } },
  ]) {
    expect((await post(body)).body.code).toBe('agent_unreachable')
  }
})

it('looks into queries and nested objects too', async () => {
  const inner = v.optional(v.strictObject({ deep: v.optional(v.nullable(forAdministrators(v.string()))) }))
  const panel = await openPanel({
    ...manifest,
    'POST /api/x': defineFunction({
      summary: 'Try the fields',
      scope: 'sites:write',
      audit: 'x',
      query: v.strictObject({ loud: v.optional(forAdministrators(v.string())) }),
      body: v.strictObject({ inner }),
      run: () => null,
    }) as AnyFunction,
  })
  await panel.signIn()
  const ann = await newUser(panel, 'ann')
  const post = async (path: string, body: object, headers = {}) =>
    (await panel.call('POST /api/x', { path, body, headers })).body.code as string
  for (const [path, body] of [
    ['/api/x?loud=1', {}],
    ['/api/x', { inner: { deep: 'x' } }],
    ['/api/x', { inner: { deep: null } }],
  ] as const) {
    expect([await post(path, body, ann), await post(path, body)]).toEqual(['field_not_allowed', undefined])
  }
  expect(await post('/api/x', { inner: {} }, ann)).toBeUndefined()
  expect(bearer('x')).toEqual({ cookie: '', authorization: 'Bearer x' })
})
