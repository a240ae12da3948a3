import { expect, it } from 'vitest'
import { administrator, type Panel } from '../_harness.ts'
import { newUser } from '../_users.ts'
import { panelWithUsers } from './_people.ts'

it('a token does what its scopes and its owner’s role allow, and no more', async () => {
  const {
    panel: { call, ctx },
    ann,
  } = await panelWithUsers()
  const made = await call('POST /api/tokens', { body: { name: 'CI', scopes: ['sites:read'] }, headers: ann })
  expect(made.status).toBe(201)
  const { secret, hint, id } = made.body as { secret: string; hint: string; id: string }
  expect(secret).toMatch(/^hp_[\w-]{43}$/)
  expect(secret.startsWith(hint)).toBe(true)
  expect(JSON.stringify(ctx.db.sqlite.prepare('SELECT * FROM tokens').all())).not.toContain(secret)
  const bearer = { cookie: '', origin: '', authorization: `Bearer ${secret}` }
  expect((await call('GET /api/sites', { headers: bearer })).body.sites).toHaveLength(1)
  expect((await call('GET /api/php/versions', { headers: bearer })).body.code).toBe('not_allowed')
  expect((await call('GET /api/account', { headers: bearer })).body.code).toBe('session_needed')
  expect((await call('GET /api/tokens', { headers: ann })).body.tokens).toMatchObject([
    { name: 'CI', username: 'ann', site: null },
  ])
  expect(
    (await call('POST /api/tokens', { body: { name: 'more', scopes: ['users:write'] }, headers: ann })).body.code,
  ).toBe('scope_not_allowed')
  expect(
    (await call('POST /api/tokens', { body: { name: 'his', scopes: ['sites:read'], username: 'bob' }, headers: ann }))
      .body.code,
  ).toBe('field_not_allowed')
  expect((await call('DELETE /api/tokens/{token}', { path: `/api/tokens/${id}`, headers: ann })).status).toBe(204)
  expect((await call('GET /api/sites', { headers: bearer })).body.code).toBe('token_invalid')
})

it('a token for one site reaches that site alone, and needs no Origin', async () => {
  const {
    panel: { call },
  } = await panelWithUsers()
  const body = {
    name: 'deploy',
    scopes: ['sites:read', 'sites:write'],
    site: 'bob.test',
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
  }
  const { secret } = (await call('POST /api/tokens', { body })).body as { secret: string }
  const headers = { cookie: '', authorization: `Bearer ${secret}` }
  expect((await call('GET /api/sites', { headers })).body.sites).toMatchObject([{ domain: 'bob.test' }])
  expect((await call('GET /api/sites/{site}', { path: '/api/sites/ann.test', headers })).status).toBe(404)
  expect((await call('POST /api/sites', { body: { domain: 'x.test', runtime: 'static' }, headers })).body.code).toBe(
    'not_allowed',
  )
  expect(
    (await call('POST /api/tokens', { body: { name: 'x', scopes: ['users:read'], site: 'bob.test' } })).body.code,
  ).toBe('scope_not_allowed')
  expect(
    (await call('POST /api/tokens', { body: { name: 'x', scopes: ['sites:read'], expiresAt: '2020-01-01T00:00:00Z' } }))
      .status,
  ).toBe(422)
  expect((await call('POST /api/tokens', { body: { name: 'a\nb', scopes: ['sites:read'] } })).status).toBe(422)
})

it('an expired token, one of a removed person, and one that never was are refused alike', async () => {
  const {
    panel: { call, ctx },
  } = await panelWithUsers()
  await newUser({ call, ctx } as Panel, 'gone')
  const make = async (extra: object) =>
    (
      (await call('POST /api/tokens', { body: { name: 't', scopes: ['sites:read'], ...extra } })).body as {
        secret: string
      }
    ).secret
  const [expired, orphan] = [
    await make({ expiresAt: new Date(Date.now() + 60_000).toISOString() }),
    await make({ username: 'gone' }),
  ]
  ctx.db.sqlite.prepare("UPDATE tokens SET expires_at = '2020-01-01T00:00:00.000Z' WHERE expires_at IS NOT NULL").run()
  await call('DELETE /api/users/{user}', { path: '/api/users/gone' })
  for (const secret of [expired, orphan, 'hp_never']) {
    expect(
      (await call('GET /api/sites', { headers: { cookie: '', authorization: `Bearer ${secret}` } })).body.code,
    ).toBe('token_invalid')
  }
  expect(
    (await call('GET /api/session', { headers: { authorization: 'Basic YTpi' } })).body.username,
    'another scheme is none of ours',
  ).toBe(administrator.username)
})
