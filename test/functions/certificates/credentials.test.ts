import { expect, it } from 'vitest'
import { dnsProvider } from '../../../lib/model/certificates/dns-providers.ts'
import { listAuditEntries } from '../../../lib/panel/store/audit.ts'
import { withAuthority } from '../_authority.ts'
import { openPanel } from '../_harness.ts'
import { newUser } from '../_users.ts'
import { withUsers } from './_owners.ts'

const token = 'canary_of_a_token'

const put = ({ call }: Awaited<ReturnType<typeof openPanel>>, provider: string, credentials: unknown, headers = {}) =>
  call('PUT /api/dns-providers/{provider}', {
    path: `/api/dns-providers/${provider}`,
    body: { credentials },
    headers: { prefer: 'wait=20', ...headers },
  })

it('credentials of a DNS provider are each user’s own, the administrators’ shared, and nobody reads them', async () => {
  const { panel, authority, ann } = await withUsers()
  authority.answers['dns.list'] = ({ account }) => ({ configured: account === 'ann' ? ['gandi'] : [] })
  expect((await put(panel, 'cloudflare', { api_token: token })).body.state).toBe('done')
  const { body } = await put(panel, 'gandi', { api_key: token }, ann)
  expect(
    body.result.providers
      .filter(({ configured }: { configured: boolean }) => configured)
      .map(({ provider }: { provider: string }) => provider),
  ).toEqual(['gandi'])
  expect(authority.asked('dns.keep')).toEqual([
    { account: '@admin', provider: 'cloudflare', credentials: { api_token: token } },
    { account: 'ann', provider: 'gandi', credentials: { api_key: token } },
  ])
  const { providers } = (await panel.call('GET /api/dns-providers', { headers: ann })).body
  expect(providers.map(({ provider }: { provider: string }) => provider)).toEqual(dnsProvider.options)
  expect(providers[0]).toEqual({
    provider: 'cloudflare',
    title: 'Cloudflare',
    configured: false,
    fields: [{ name: 'api_token', label: 'API token that may edit the zone’s DNS', secret: true, optional: false }],
  })
  expect(
    (await panel.call('DELETE /api/dns-providers/{provider}', { path: '/api/dns-providers/gandi', headers: ann }))
      .status,
  ).toBe(200)
  expect(authority.asked('dns.delete')).toEqual([{ account: 'ann', provider: 'gandi' }])
  expect(listAuditEntries(panel.ctx.db, 3).map(({ action, object, actor }) => [action, object, actor])).toEqual([
    ['dns.forget', 'gandi', 'ann'],
    ['dns.credentials', 'gandi', 'ann'],
    ['dns.credentials', 'cloudflare', 'admin'],
  ])
  for (const table of ['audit', 'kv', 'jobs', 'job_events'])
    expect(JSON.stringify(panel.ctx.db.sqlite.prepare(`SELECT * FROM ${table}`).all()), table).not.toContain(token)
})

it.each<[string, string, unknown]>([
  ['a line end', 'cloudflare', { api_token: `${token}\ndns_cloudflare_email = x` }],
  ['a comment', 'cloudflare', { api_token: `${token}#` }],
  ['a quote', 'cloudflare', { api_token: `"${token}"` }],
  ['an unknown key', 'cloudflare', { api_token: token, email: 'x' }],
  ['a key too few', 'ovh', { endpoint: 'ovh-eu' }],
  ['no text', 'cloudflare', { api_token: 12345678 }],
  ['a list', 'cloudflare', [token]],
  ['nothing', 'cloudflare', {}],
  ['an unknown provider', 'evil', { api_token: token }],
  ['a path for a provider', '..%2Fx', { api_token: token }],
  ['a prototype for a provider', '__proto__', { api_token: token }],
])('credentials with %s are refused before anything is installed', async (_, provider, credentials) => {
  const panel = await openPanel()
  await panel.signIn()
  const authority = withAuthority(panel.ctx)
  const { status, body } = await put(panel, provider, credentials)
  expect([status, body.code]).toEqual([422, 'invalid_input'])
  expect(JSON.stringify(body)).not.toContain(token)
  expect(authority.order()).toEqual([])
})

it('a prototype among credentials reaches nobody', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const authority = withAuthority(panel.ctx)
  await panel.call('PUT /api/dns-providers/{provider}', {
    path: '/api/dns-providers/cloudflare',
    headers: { prefer: 'wait=20' },
    body: `{"credentials":{"api_token":"${token}","__proto__":{"x":"y"}}}`,
  })
  expect(authority.asked('dns.keep').map(({ credentials }) => Object.entries(credentials))).toEqual([
    [['api_token', token]],
  ])
})

it('a token for one site neither reads nor writes credentials', async () => {
  const { panel, authority, ann, tokenFor } = await withUsers()
  for (const scope of ['dns:read', 'dns:write']) {
    expect(
      (await panel.call('POST /api/tokens', { body: { name: 'x', scopes: [scope], site: 'ann.test' } })).body.code,
      scope,
    ).toBe('scope_not_allowed')
  }
  for (const headers of [
    await tokenFor('ann.test', ['sites:read', 'sites:write']),
    await tokenFor(undefined, ['sites:write'], ann),
  ]) {
    expect((await panel.call('GET /api/dns-providers', { headers })).body.code).toBe('not_allowed')
    expect((await put(panel, 'cloudflare', { api_token: token }, headers)).body.code).toBe('not_allowed')
    expect(
      (await panel.call('DELETE /api/dns-providers/{provider}', { path: '/api/dns-providers/cloudflare', headers }))
        .body.code,
    ).toBe('not_allowed')
  }
  expect(authority.order()).toEqual([])
})

it('with a user go their credentials, as somebody of the same name must not find them', async () => {
  const { panel, authority } = await withUsers()
  const [zoe] = [await newUser(panel, 'zoe'), await newUser(panel, 'yan')]
  await put(panel, 'cloudflare', { api_token: token }, zoe)
  for (const name of ['zoe', 'yan'])
    expect((await panel.call('DELETE /api/users/{user}', { path: `/api/users/${name}` })).status).toBe(204)
  expect(authority.asked('dns.delete'), 'who had none asks nobody').toEqual([{ account: 'zoe', provider: null }])
})
