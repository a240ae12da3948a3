import { afterAll, beforeAll, expect, it } from 'vitest'
import { client, type Api } from '../machine/http.ts'
import { call, newUser, target, type Operation, type Target } from './_attack.ts'
import { filled, sample } from './_schema.ts'
import { sideEffects } from './_side-effects.ts'

const verbs = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

let on: Target
let mallory: Api
let siteToken: Record<string, string>
const victims: Record<string, string> = {
  site: 'victim.test',
  user: 'admin',
  address: '198.51.100.9',
  jail: 'sshd',
  version: '8.2',
  passkey: 'AAAA',
  db: 'victim_db',
  query: '7',
}

beforeAll(async () => {
  on = await target()
  mallory = await newUser(on, 'mallory')
  await on.panel.post('/sites', { domain: 'victim.test', runtime: 'static' })
  await on.panel.post('/sites', { domain: 'own.test', runtime: 'static', owner: 'mallory' })
  const { body } = await on.panel.post('/tokens', { name: 'A victim', scopes: ['sites:read'] })
  victims.token = body.id
  victims.rule = (await on.panel.post('/firewall/rules', { port: 4444 })).body.rules[0].id
  for (const whose of ['victim', 'own'])
    await on.panel.post('/databases', { name: `${whose}_db`, site: `${whose}.test`, user: `${whose}_db` })
  const exported = await on.panel.post('/databases/victim_db/export', {}, { prefer: 'wait=60' })
  victims.dump = exported.body.result.id
  const made = await mallory.post('/tokens', {
    name: 'One site',
    scopes: [
      'sites:read',
      'sites:write',
      'databases:read',
      'databases:write',
      'jobs:read',
      'jobs:write',
      'php:read',
      'node:read',
    ],
    site: 'own.test',
  })
  siteToken = { authorization: `Bearer ${made.body.secret}` }
}, 300_000)
afterAll(async () => {
  for (const name of ['victim_db', 'own_db'])
    await on.panel.delete(`/databases/${name}?dump=false`, { prefer: 'wait=60' })
  await on.panel.delete(`/dumps/${victims.dump}`)
  for (const domain of ['victim.test', 'own.test']) await on.panel.delete(`/sites/${domain}?purge=true`)
  await on.panel.delete(`/tokens/${victims.token}`)
  await on.panel.delete(`/firewall/rules/${victims.rule}`)
  await on.panel.delete('/users/mallory')
})

const bodyOf = ({ body }: Operation): unknown => (body ? sample(body) : undefined)

it('without a session every route refuses every verb, and nothing happens', async () => {
  const before = await sideEffects(on.machine)
  const stranger = client(on.machine)
  const closed = new Set(on.operations.filter(({ open }) => !open).map(({ path }) => path))
  for (const path of closed) {
    for (const method of verbs) {
      const declared = on.operations.find((operation) => operation.path === path && operation.method === method)
      const { status } = await call(stranger, { method, path: filled(path, victims) }, declared && bodyOf(declared))
      expect([method, path, status]).toEqual([
        method,
        path,
        declared?.open ? status : declared ? 401 : expect.any(Number),
      ])
      expect([401, 403, 404, 405, 409, 422, 429, 200]).toContain(status)
      if (!declared) expect([404, 405]).toContain(status)
    }
  }
  expect(await sideEffects(on.machine)).toBe(before)
}, 300_000)

const ownPaths = [
  'account|session|dns-providers',
  '(?:tokens|sites|databases|dumps|certificates|usage|alerts|jobs)$',
].join('|')
/** Matches lists that are the same for all users: they choose a version from them. */
const common = /^GET \/api\/(?:php|node)\/versions(?:\/[^/]+\/extensions)?$/
/** Matches what answers all users with their own. */
const theirs = new RegExp(`^/api/(?:${ownPaths})`)

it('a user gets nowhere near what is another’s or the server’s', async () => {
  const before = await sideEffects(on.machine)
  const closed = ({ name, open, path, stream }: Operation) =>
    !open && !stream && !theirs.test(path) && !common.test(name)
  for (const operation of on.operations.filter(closed)) {
    const { status, body } = await call(
      mallory,
      { method: operation.method, path: filled(operation.path, victims) },
      bodyOf(operation),
    )
    expect([operation.name, status, body.code]).toEqual([
      operation.name,
      expect.toSatisfy((code: number) => code === 403 || code === 404),
      expect.any(String),
    ])
  }
  expect((await mallory.get('/sites')).body.sites.map(({ domain }: { domain: string }) => domain)).toEqual(['own.test'])
  expect((await mallory.get('/databases')).body.map(({ name }: { name: string }) => name)).toEqual(['own_db'])
  expect((await mallory.get('/dumps')).body).toEqual([])
  expect(
    (await mallory.get('/certificates')).body.certificates.map(({ subject }: { subject: string }) => subject),
  ).toEqual(['own.test'])
  expect((await mallory.get('/alerts')).body.alerts).toEqual([])
  expect((await mallory.get('/tokens')).body.tokens.map(({ name }: { name: string }) => name)).toEqual(['One site'])
  expect(await sideEffects(on.machine)).toBe(before)
}, 300_000)

it('a token for one site gets no further than that site', async () => {
  const before = await sideEffects(on.machine)
  const stranger = client(on.machine)
  for (const operation of on.operations.filter(
    ({ name, open, path, stream }) =>
      !open &&
      !stream &&
      !common.test(name) &&
      !/^\/api\/(session|sites$|databases$|dumps$|certificates$|alerts$|jobs$)/.test(path),
  )) {
    const { status } = await call(
      stranger,
      { method: operation.method, path: filled(operation.path, victims) },
      bodyOf(operation),
      siteToken,
    )
    expect([operation.name, status]).toEqual([
      operation.name,
      expect.toSatisfy((code: number) => code === 403 || code === 404),
    ])
  }
  expect((await stranger.get('/sites', siteToken)).body.sites.map(({ domain }: { domain: string }) => domain)).toEqual([
    'own.test',
  ])
  expect((await stranger.get('/databases', siteToken)).body.map(({ name }: { name: string }) => name)).toEqual([
    'own_db',
  ])
  expect((await stranger.get('/dumps', siteToken)).body).toEqual([])
  expect((await stranger.post('/databases', { name: 'more_db' }, siteToken)).status).toBe(403)
  expect(
    (await stranger.get('/certificates', siteToken)).body.certificates.map(
      ({ subject }: { subject: string }) => subject,
    ),
  ).toEqual(['own.test'])
  expect(await sideEffects(on.machine)).toBe(before)
}, 300_000)

it('whoever may does change what is compared (control)', async () => {
  const before = await sideEffects(on.machine)
  expect((await mallory.patch('/sites/own.test', { bodyLimitMb: 65 })).status).toBe(200)
  expect(await sideEffects(on.machine)).not.toBe(before)
  expect((await client(on.machine).get('/sites/own.test', siteToken)).status).toBe(200)
  const users = await sideEffects(on.machine)
  expect((await mallory.post('/databases/own_db/users', { username: 'own_more', grant: 'read' })).status).toBe(201)
  expect(await sideEffects(on.machine)).not.toBe(users)
  expect((await client(on.machine).get('/databases/own_db', siteToken)).status).toBe(200)
})
