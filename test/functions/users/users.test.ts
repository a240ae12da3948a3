import { expect, it } from 'vitest'
import { ownedParameters } from '../../../lib/panel/auth/ownership.ts'
import { roleMay, scopes } from '../../../lib/model/auth/scopes.ts'
import { functions } from '../_functions.ts'
import { openPanel } from '../_harness.ts'
import { newUser, password, putSite } from '../_users.ts'
import { panelWithUsers } from './_people.ts'

it('every function that names a thing in its path is open to users only where the thing has an owner', () => {
  for (const [operation, { scope, access }] of functions) {
    const open = access === 'public' || access === 'user' || !scope || roleMay('user', scope)
    if (!open || access === 'public' || access === 'user') continue
    // What is below a thing in the path is that thing's, and looked for in it alone.
    const [, name] = /\{(\w+)\}/.exec(operation) ?? []
    // Extensions of a PHP version are nobody's: users may read them, and change nothing.
    if (name && !(name === 'version' && operation.startsWith('GET ')))
      expect(
        [...ownedParameters, 'token', 'provider'],
        `${operation} is open to users, so ${name} needs an owner`,
      ).toContain(name)
  }
})

it('every scope that a function asks for can be given, or is a person’s own', () => {
  for (const [operation, { scope }] of functions) {
    if (scope) expect([...Object.keys(scopes), 'account', 'session', 'setup'], operation).toContain(scope)
  }
})

it('a user sees and touches only what is theirs; the rest does not exist for them', async () => {
  const {
    panel: { call },
    ann,
  } = await panelWithUsers()
  const sites = (await call('GET /api/sites', { headers: ann })).body.sites as { domain: string }[]
  expect(sites.map(({ domain }) => domain)).toEqual(['ann.test'])
  expect((await call('GET /api/sites')).body.sites).toHaveLength(3)
  for (const domain of ['bob.test', 'everybodys.test', 'none.test']) {
    for (const [operation, body] of [['GET'], ['PATCH', { enabled: false }], ['DELETE']] as [string, object?][]) {
      const { status, body: answer } = await call(`${operation} /api/sites/{site}`, {
        path: `/api/sites/${domain}`,
        body,
        headers: ann,
      })
      expect([status, answer.code]).toEqual([404, 'site_not_found'])
    }
  }
  expect((await call('GET /api/sites/{site}', { path: '/api/sites/ann.test', headers: ann })).status).toBe(200)
  for (const operation of ['GET /api/users', 'GET /api/audit', 'GET /api/settings', 'GET /api/drift']) {
    expect((await call(operation, { headers: ann })).body.code).toBe('not_allowed')
  }
  const taken = await call('POST /api/sites', { body: { domain: 'bob.test', runtime: 'static' }, headers: ann })
  expect(JSON.stringify(taken.body), 'whose it is stays unsaid').not.toContain('bob.test already belongs to the site')
  expect(
    (await call('POST /api/sites', { body: { domain: 'new.test', runtime: 'static', owner: 'bob' }, headers: ann }))
      .body.code,
  ).toBe('field_not_allowed')
  expect(
    (await call('PATCH /api/sites/{site}', { path: '/api/sites/ann.test', body: { owner: 'bob' }, headers: ann })).body
      .code,
  ).toBe('field_not_allowed')
})

it('a limit holds, also for ten at once', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const eve = await newUser(panel, 'eve', { sites: 1 })
  putSite(panel, 'eve.test', 'eve')
  const tries = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      panel.call('POST /api/sites', { body: { domain: `eve${i}.test`, runtime: 'static' }, headers: eve }),
    ),
  )
  expect(tries.map(({ body }) => body.code)).toEqual(Array(10).fill('limit_reached'))
  expect((await panel.call('GET /api/sites')).body.sites).toHaveLength(1)
})

it('jobs belong to who began them', async () => {
  const {
    panel: { call, ctx },
    ann,
    bob,
  } = await panelWithUsers()
  const id = ctx.jobs.start({ name: 'Work', path: '', subject: '', actor: 'ann' }, () => Promise.resolve('done'))
  const ask = async (headers?: { cookie: string }) =>
    (await call('GET /api/jobs/{job}', { path: `/api/jobs/${id}`, ...(headers && { headers }) })).status
  expect([await ask(ann), await ask(bob), await ask()]).toEqual([200, 404, 200])
  expect((await call('GET /api/jobs', { headers: bob })).body.jobs).toEqual([])
})

it('the last administrator stays, and a user with sites too', async () => {
  const {
    panel: { call },
  } = await panelWithUsers()
  const user = (name: string) => ({ path: `/api/users/${name}` })
  expect((await call('DELETE /api/users/{user}', user('admin'))).body.code).toBe('last_administrator')
  expect((await call('PATCH /api/users/{user}', { ...user('admin'), body: { role: 'user' } })).body.code).toBe(
    'last_administrator',
  )
  expect((await call('DELETE /api/users/{user}', user('ann'))).body.code).toBe('user_has_sites')
  expect(
    (await call('PATCH /api/users/{user}', { ...user('ann'), body: { role: 'admin', limits: { sites: 3 } } })).body,
  ).toMatchObject({ role: 'admin', limits: { sites: 3, databases: null } })
  expect((await call('POST /api/users', { body: { username: 'Ann', password } })).body.code).toBe('user_exists')
  expect((await call('GET /api/users/{user}', user('nobody'))).body.code).toBe('user_not_found')
  expect((await call('POST /api/users', { body: { username: 'zoe', password } })).body).toMatchObject({
    username: 'zoe',
    role: 'user',
    sites: 0,
  })
  expect((await call('DELETE /api/users/{user}', user('zoe'))).status).toBe(204)
})

it('a new password or role counts at once', async () => {
  const {
    panel: { call },
    ann,
  } = await panelWithUsers()
  await call('PATCH /api/users/{user}', { path: '/api/users/ann', body: { role: 'admin' } })
  expect((await call('GET /api/users', { headers: ann })).status).toBe(200)
  await call('PATCH /api/users/{user}', {
    path: '/api/users/ann',
    body: { role: 'user', password: 'given by the administrator' },
  })
  expect((await call('GET /api/session', { headers: ann })).status).toBe(401)
})
