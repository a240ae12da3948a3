import { afterAll, beforeAll, expect, it } from 'vitest'
import { client, type Api } from '../machine/http.ts'
import { call, newUser, target, type Operation, type Target } from './_attack.ts'
import { filled, sample, type Schema } from './_schema.ts'
import { sideEffects } from './_side-effects.ts'

/** Values that the attack tries for each restricted field: only its setters may give them. */
const forbidden: Record<string, unknown> = {
  isolation: 'shared',
  owner: 'admin',
  proxyTo: 'http://127.0.0.1:3000',
  memoryLimitMb: 2048,
  maxChildren: 100,
  uploadMaxMb: 2048,
  openBasedir: ['/etc/ssl'],
  bodyLimitMb: 10_240,
  memoryMb: 65_536,
  trustedProxies: ['203.0.113.0/24'],
  role: 'admin',
  password: 'a password for an attack',
  resetSecondFactor: true,
  username: 'somebody',
  credentials: { server: '127.0.0.1', name: 'key', secret: 'c2VjcmV0c2VjcmV0', algorithm: 'HMAC-SHA512' },
}

type Marked = Schema & { 'x-set-by'?: string; 'x-others-may'?: string; properties?: Record<string, Marked> }

interface Restricted {
  operation: Operation
  path: string[]
  withSession: boolean
}

function restricted(operation: Operation, schema: Marked | null, path: string[] = []): Restricted[] {
  return Object.entries(schema?.properties ?? {}).flatMap(([name, inner]) => {
    const withSession = inner['x-set-by'] === 'administrator in person'
    const own = withSession || inner['x-others-may'] ? [{ operation, path: [...path, name], withSession }] : []
    return [...own, ...restricted(operation, inner, [...path, name])]
  })
}

const values = { site: 'own.test', db: 'own_db', user: 'mallory', provider: 'rfc2136' }

/** The smallest body that has the field, with what may not be in it. */
function bodyWith({ operation, path }: Restricted): object {
  const body = sample(operation.body!) as Record<string, unknown>
  const value = forbidden[path.at(-1)!]
  expect(value, `${operation.name} restricts ${path.join('.')}: say what to try`).toBeDefined()
  const put = path
    .slice(0, -1)
    .reduce<Record<string, unknown>>((outer, name) => (outer[name] ??= {}) as Record<string, unknown>, body)
  put[path.at(-1)!] = value
  return body
}

let on: Target
let fields: Restricted[]
const others: Record<string, { as: Api; headers?: Record<string, string> }> = {}
const may: Record<string, { as: Api; headers?: Record<string, string> }> = {}

beforeAll(async () => {
  on = await target()
  fields = on.operations.flatMap((operation) => restricted(operation, operation.body as Marked | null))
  const mallory = await newUser(on, 'mallory')
  expect((await on.panel.post('/sites', { domain: 'own.test', runtime: 'static', owner: 'mallory' })).status).toBe(201)
  expect((await on.panel.post('/databases', { name: 'own_db', site: 'own.test' })).status).toBe(201)
  const token = async (as: Api, body: object) => {
    const made = await as.post('/tokens', { name: 'Fields', ...body })
    expect([made.status, made.body.code]).toEqual([201, undefined])
    return { as: client(on.machine), headers: { authorization: `Bearer ${made.body.secret}` } }
  }
  const site = ['sites:read', 'sites:write', 'databases:read', 'databases:write', 'jobs:read', 'jobs:write']
  const all = on.operations.find(({ name }) => name === 'POST /api/tokens')!.body!.properties!.scopes!.items!
    .enum as string[]
  Object.assign(others, {
    stranger: { as: client(on.machine) },
    customer: { as: mallory },
    'customer’s token': await token(mallory, { scopes: [...site, 'dns:write', 'tokens:write'] }),
    'customer’s token for one site': await token(mallory, { scopes: site, site: 'own.test' }),
    'administrator’s token for one site': await token(on.panel, { scopes: site, site: 'own.test' }),
    'administrator’s token with few scopes': await token(on.panel, { scopes: ['sites:read'] }),
  })
  may.administrator = { as: on.panel }
  may.token = await token(on.panel, { scopes: all })
}, 300_000)
afterAll(async () => {
  await on.panel.delete('/databases/own_db?dump=false', { prefer: 'wait=60' })
  await on.panel.delete('/sites/own.test?purge=true')
  const { tokens } = (await on.panel.get('/tokens')).body
  for (const { id, name } of tokens) if (name === 'Fields') await on.panel.delete(`/tokens/${id}`)
  await on.panel.delete('/users/mallory')
})

const code = async (
  who: { as: Api; headers?: Record<string, string> },
  { operation, path, withSession }: Restricted,
  query = '',
) => {
  const { status, body } = await call(
    who.as,
    { method: operation.method, path: filled(operation.path, values) + query },
    bodyWith({ operation, path, withSession }),
    who.headers,
  )
  return { status, code: body.code as string | undefined }
}
const refusals = [
  'field_not_allowed',
  'not_allowed',
  'not_signed_in',
  'session_needed',
  'site_not_found',
  'database_not_found',
]

it('nobody but an administrator sets what only administrators may, with whatever they come', async () => {
  expect(fields.length).toBeGreaterThan(20)
  const before = await sideEffects(on.machine)
  for (const field of fields) {
    for (const [who, as] of Object.entries(others)) {
      const answer = await code(as, field)
      expect([field.operation.name, field.path.join('.'), who, answer]).toEqual([
        field.operation.name,
        field.path.join('.'),
        who,
        { status: who === 'stranger' ? 401 : 403, code: expect.toSatisfy((given: string) => refusals.includes(given)) },
      ])
    }
    if (field.withSession) {
      expect([field.path, await code(may.token!, field)]).toEqual([
        field.path,
        { status: 403, code: expect.toSatisfy((given: string) => refusals.includes(given)) },
      ])
    }
  }
  expect(await sideEffects(on.machine)).toBe(before)
}, 300_000)

it('an administrator may, in person and where it says so by a token (control)', async () => {
  for (const field of fields) {
    for (const [who, as] of Object.entries(may)) {
      if (field.withSession && who === 'token') continue
      const answer = await code(as, field, '?plan=true')
      expect([field.operation.name, field.path.join('.'), who, refusals.includes(answer.code ?? '')]).toEqual([
        field.operation.name,
        field.path.join('.'),
        who,
        false,
      ])
    }
  }
  const shared = await on.panel.patch('/sites/own.test', { isolation: 'shared' })
  expect([shared.status, shared.body.isolation]).toEqual([200, 'shared'])
  expect((await on.panel.patch('/sites/own.test', { isolation: 'own' })).status).toBe(200)
}, 300_000)
