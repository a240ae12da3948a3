import { expect, it } from 'vitest'
import { letsEncrypt } from '../../lib/model/certificates/acme.ts'
import { listAuditEntries } from '../../lib/panel/store/audit.ts'
import { readServerSpec } from '../../lib/panel/settings/settings.ts'
import { refuse } from './_agent.ts'
import { rowOf, withAuthority } from './_authority.ts'
import { openPanel } from './_harness.ts'
import { putSite } from './_users.ts'

const usual = { directory: letsEncrypt.directory, stagingDirectory: letsEncrypt.staging, email: null, caFile: null }

async function withSettings() {
  const panel = await openPanel()
  await panel.signIn()
  const authority = withAuthority(panel.ctx)
  const change = (body: unknown) => panel.call('PATCH /api/settings', { body })
  const acme = async (changes: object) => (await change({ acme: changes })).body.acme
  const certificate = (method: string, body?: unknown) =>
    panel.call(`${method} /api/settings/certificate`, { body, headers: { prefer: 'wait=20' } })
  return { panel, authority, change, acme, certificate }
}

it('where certificates come from is merged key by key, and concerns no machine', async () => {
  const {
    panel: { call },
    authority,
    change,
    acme,
  } = await withSettings()
  expect((await call('GET /api/settings')).body).toEqual({
    serverName: null,
    resolvers: [],
    trustedProxies: [],
    acme: usual,
  })
  expect(await acme({ email: 'ann@a.test' })).toEqual({ ...usual, email: 'ann@a.test' })
  expect(await acme({ caFile: '/etc/ssl/my-ca.pem' })).toEqual({
    ...usual,
    email: 'ann@a.test',
    caFile: '/etc/ssl/my-ca.pem',
  })
  expect(await acme({ email: null, stagingDirectory: null })).toEqual({
    ...usual,
    stagingDirectory: null,
    caFile: '/etc/ssl/my-ca.pem',
  })
  expect(await acme({})).toEqual({ ...usual, stagingDirectory: null, caFile: '/etc/ssl/my-ca.pem' })
  expect(authority.order()).toEqual([])
  expect((await change({ resolvers: ['192.0.2.53'] })).body.acme.caFile, 'other settings leave it').toBe(
    '/etc/ssl/my-ca.pem',
  )
  expect(authority.asked('server.converge')).toMatchObject([
    { server: { serverName: null, resolvers: ['192.0.2.53'], certificate: null } },
  ])
})

it('another authority has no staging server unless one is named; Let’s Encrypt has its own', async () => {
  const { acme } = await withSettings()
  const directory = 'https://ca.test/dir'
  expect(await acme({ directory })).toEqual({ ...usual, directory, stagingDirectory: null })
  expect(await acme({ directory: letsEncrypt.directory })).toEqual(usual)
  expect(await acme({ directory, stagingDirectory: 'https://staging.ca.test/dir' })).toEqual({
    ...usual,
    directory,
    stagingDirectory: 'https://staging.ca.test/dir',
  })
  expect(await acme({ email: 'ann@a.test' })).toMatchObject({
    directory,
    stagingDirectory: 'https://staging.ca.test/dir',
  })
})

it.each<[string, unknown]>([
  ['an unknown key', { colour: 'red' }],
  ['an unknown key of acme', { acme: { server: 'https://ca.test/dir' } }],
  ['the certificate that is served', { certificate: { id: 'a'.repeat(32), names: ['a.test'] } }],
  ['no authority', { acme: { directory: null } }],
  ['an authority without TLS', { acme: { directory: 'http://ca.test/dir' } }],
  ['a shell', { acme: { directory: 'https://x/$(id)' } }],
  ['an option for an address', { acme: { email: '--server=x@a.test' } }],
  ['a relative file', { acme: { caFile: '../etc/shadow' } }],
  ['no settings at all', null],
])('%s is refused, and changes nothing', async (_, body) => {
  const { panel, authority, change } = await withSettings()
  expect(await change(body)).toMatchObject({ status: 422, body: { code: 'invalid_input' } })
  expect((await panel.call('GET /api/settings')).body).toEqual({
    serverName: null,
    resolvers: [],
    trustedProxies: [],
    acme: usual,
  })
  expect(authority.order()).toEqual([])
})

it('the server’s own name gets a certificate, for its port', async () => {
  const { panel, authority, change, certificate } = await withSettings()
  expect((await certificate('GET')).body).toMatchObject({ state: 'none', missingNames: [] })
  expect(await certificate('POST', {})).toMatchObject({ status: 409, body: { code: 'server_name_missing' } })
  await change({ serverName: 'panel.test' })
  expect(await certificate('DELETE')).toMatchObject({ status: 404, body: { code: 'certificate_missing' } })
  expect((await certificate('POST', { names: ['a.test'] })).body.code).toBe('invalid_input')
  authority.reset()
  expect((await certificate('POST', {})).body).toMatchObject({
    state: 'done',
    result: { state: 'valid', names: ['panel.test'] },
  })
  expect(authority.order()).toEqual([
    'certificates.check',
    'certificates.issue',
    'certificates.issue',
    'server.converge',
    'certificates.answer',
    'certificates.prune',
  ])
  const { facts } = rowOf(panel, '@server')!
  expect(authority.asked('certificates.answer')).toEqual([{ name: 'panel.test', port: 8080 }])
  expect(await readServerSpec(panel.ctx)).toEqual({
    serverName: 'panel.test',
    resolvers: [],
    trustedProxies: [],
    certificate: { id: facts!.id, names: ['panel.test'] },
  })
  expect((await change({ acme: { email: 'ann@a.test' } })).body, 'it is none of the settings that are told').toEqual({
    serverName: 'panel.test',
    resolvers: [],
    trustedProxies: [],
    acme: { ...usual, email: 'ann@a.test' },
  })
  expect((await change({ resolvers: ['192.0.2.53'] })).status).toBe(200)
  expect((await readServerSpec(panel.ctx)).certificate, 'and stays through them').toMatchObject({ id: facts!.id })
  expect((await certificate('PUT', { certificate: 'x', privateKey: 'x' })).body).toMatchObject({ source: 'own' })
  expect((await certificate('DELETE')).status).toBe(204)
  expect((await readServerSpec(panel.ctx)).certificate).toBeNull()
  const entries = listAuditEntries(panel.ctx.db, 20)
    .filter(({ action, ok }) => action.startsWith('server.certificate') && ok)
    .map(({ action }) => action)
  expect(entries).toEqual(['server.certificate.delete', 'server.certificate.put', 'server.certificate.issue'])
})

it('a name that a site has is not the server’s, and a machine that refuses leaves the settings', async () => {
  const { panel, authority, change } = await withSettings()
  putSite(panel, 'a.test', null)
  expect(await change({ serverName: 'a.test' })).toMatchObject({ status: 409, body: { code: 'domain_taken' } })
  authority.answers['server.converge'] = refuse('nginx_reload_failed', 503)
  expect((await change({ serverName: 'panel.test', acme: { email: 'ann@a.test' } })).body.code).toBe(
    'nginx_reload_failed',
  )
  expect((await panel.call('GET /api/settings')).body).toEqual({
    serverName: null,
    resolvers: [],
    trustedProxies: [],
    acme: usual,
  })
})
