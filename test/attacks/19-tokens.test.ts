import { afterAll, beforeAll, expect, it } from 'vitest'
import { client, type Api } from '../machine/http.ts'
import { newUser, target, type Target } from './_attack.ts'

interface Token {
  id: string
  secret: string
  expiresAt: string | null
  madeBy: string | null
}
const headersOf = ({ secret }: Pick<Token, 'secret'>) => ({ authorization: `Bearer ${secret}` })
const scopes = ['tokens:read', 'tokens:write', 'sites:read', 'sites:write']

let on: Target
let mallory: Api
let anyone: Api
beforeAll(async () => {
  on = await target()
  mallory = await newUser(on, 'mallory')
  anyone = client(on.machine)
}, 300_000)
afterAll(async () => {
  const { tokens } = (await on.panel.get('/tokens')).body
  for (const { id, name } of tokens) if (name === 'Outlives') await on.panel.delete(`/tokens/${id}`)
  await on.panel.delete('/users/mallory')
  await on.panel.delete('/users/eve')
})

const tryToMake = (as: Api, body: object, headers?: Record<string, string>) =>
  as.post('/tokens', { name: 'Outlives', scopes, ...body }, headers)
async function make(as: Api, body: object, by?: Token): Promise<Token> {
  const { status, body: made } = await tryToMake(as, body, by && headersOf(by))
  expect([status, made.code]).toEqual([201, undefined])
  return made as Token
}
const works = async (token: Token) => (await anyone.get('/sites', headersOf(token))).status === 200
const soon = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()

it('a token that ends soon makes none that ends later, and its own end with it', async () => {
  await Promise.all(
    [mallory, on.panel].map(async (person) => {
      const short = await make(person, { expiresAt: soon(10) })
      const later = await tryToMake(anyone, { expiresAt: soon(3600) }, headersOf(short))
      expect([later.status, later.body.code]).toEqual([403, 'expiry_not_allowed'])
      const child = await make(anyone, {}, short)
      const grandchild = await make(anyone, {}, child)
      expect([child.expiresAt, grandchild.expiresAt, child.madeBy, grandchild.madeBy]).toEqual([
        short.expiresAt,
        short.expiresAt,
        short.id,
        child.id,
      ])
      expect([await works(child), await works(grandchild)]).toEqual([true, true])
      await expect.poll(() => works(short), { interval: 500 }).toBe(false)
      expect([await works(child), await works(grandchild)]).toEqual([false, false])
    }),
  )
}, 120_000)

it('a token that is deleted takes what it made along, and a person’s other tokens stay (control)', async () => {
  const [leaked, other] = [await make(mallory, {}), await make(mallory, {})]
  const child = await make(anyone, {}, leaked)
  const grandchild = await make(anyone, {}, child)
  expect((await mallory.delete(`/tokens/${leaked.id}`)).status).toBe(204)
  expect([await works(leaked), await works(child), await works(grandchild), await works(other)]).toEqual([
    false,
    false,
    false,
    true,
  ])
})

it('a token makes none with more scopes, for others or for another site', async () => {
  const few = await make(on.panel, { scopes: ['tokens:write', 'sites:read'] })
  for (const body of [
    { scopes: ['sites:write'] },
    { scopes: ['users:write'] },
    { scopes: ['sites:read'], username: 'mallory' },
  ]) {
    const {
      status,
      body: { code },
    } = await tryToMake(anyone, body, headersOf(few))
    expect([body, status, code]).toEqual([
      body,
      403,
      expect.stringMatching(/^(?:scope_not_allowed|field_not_allowed)$/),
    ])
  }
})

it('a token that may write people makes no account, role or password; an administrator does (control)', async () => {
  const token = await make(on.panel, { scopes: ['users:read', 'users:write'] })
  const password = 'a password for an attack'
  const tries: [method: string, path: string, body: object | undefined][] = [
    ['POST', '/users', { username: 'eve', password }],
    ['POST', '/users', { username: 'eve', password, role: 'admin' }],
    ['PATCH', '/users/mallory', { role: 'admin' }],
    ['PATCH', '/users/mallory', { password }],
    ['PATCH', '/users/mallory', { resetSecondFactor: true }],
    ['PATCH', '/users/admin', { password }],
    ['PATCH', '/users/admin', { limits: { sites: 0 } }],
    ['PATCH', '/users/admin', { role: 'user' }],
    ['DELETE', '/users/admin', undefined],
  ]
  for (const [method, path, body] of tries) {
    const {
      status,
      body: { code },
    } = await anyone.send(method, path, body, headersOf(token))
    expect([method, path, body, status, code]).toEqual([
      method,
      path,
      body,
      403,
      expect.stringMatching(/^(?:field_not_allowed|session_needed)$/),
    ])
  }
  expect(
    (await anyone.patch('/users/mallory', { limits: { sites: 5 } }, headersOf(token))).status,
    'what its scope is for',
  ).toBe(200)
  expect((await on.panel.post('/users', { username: 'eve', password })).status).toBe(201)
  expect((await on.panel.patch('/users/eve', { role: 'admin' })).status).toBe(200)
})

it('no token opens what is a person’s: account, sessions, passkeys, second factor, links into databases', async () => {
  const all = on.operations.find(({ name }) => name === 'POST /api/tokens')!.body!.properties!.scopes!.items!
    .enum as string[]
  const token = await make(on.panel, { scopes: all })
  for (const { name, method, path } of on.operations.filter(({ path }) => /^\/api\/account|\/sign-on$/.test(path))) {
    const { status, body } = await anyone.send(
      method,
      path.replace(/^\/api/, '').replace(/\{\w+\}/g, 'x'),
      method === 'GET' ? undefined : {},
      headersOf(token),
    )
    expect([name, status, body.code]).toEqual([name, 403, 'session_needed'])
  }
})
