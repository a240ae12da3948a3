import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, panelUrl, request as ask, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { create, output, deleteSite } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { itInSoak } from '../../_cases.ts'
import {
  certificateOf,
  deleteAttempts,
  handmade,
  mustIssue,
  renew,
  request,
  set,
  useAuthority,
  type Authority,
} from './_authority.ts'
import { startAcme } from './_acme.ts'
import { startBind } from './_dns.ts'
import { servedCertificate } from './_visitors.ts'

let machine: Machine
let panel: Api
let authority: Authority
const sites = ['own.test', 'zone.test']

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  authority = await useAuthority(machine, panel)
  await create(panel, { domain: 'own.test', runtime: 'static' })
  await authority.dns.setA('own.test', [machine.address])
})
afterAll(async () => {
  for (const domain of sites) await deleteSite(panel, domain)
  await set(panel, { serverName: null })
  await authority.end()
})
beforeEach(async () => {
  showJournalOnFailure(machine)
  await deleteAttempts(machine)
})

const put = (domain: string, body: object) => panel.send('PUT', `/sites/${domain}/certificate`, body)
const alerts = async (): Promise<{ key: string; severity: string; message: string }[]> =>
  (await panel.get('/alerts')).body.alerts

describe('a certificate of one’s own', () => {
  it('is served, watched, and never asked for', async () => {
    const own = await handmade(machine, 'own.test')
    const answer = await put('own.test', own)
    expect([answer.status, answer.body]).toEqual([
      200,
      expect.objectContaining({
        state: 'expiring',
        source: 'own',
        issuer: 'Own Root',
        names: ['own.test'],
        renewsAt: null,
        warning: expect.stringContaining('Browsers do not know the authority Own Root'),
      }),
    ])
    expect((await servedCertificate(machine, 'own.test')).issuer).toContain('Own Root')
    expect((await site(machine, 'own.test')).headers.location).toBe('https://own.test/')
    expect(await renew(machine)).toContain('Nothing was renewed')
    expect(await alerts()).toContainEqual(
      expect.objectContaining({
        key: 'certificate:own.test',
        severity: 'warning',
        message: expect.stringContaining('expires in 24 days'),
      }),
    )
    expect(JSON.stringify((await panel.get('/audit?limit=20')).body)).not.toContain('PRIVATE KEY')
  })

  it('of a CDN’s origin is taken without its authority’s, and by the command line as a file’s text', async () => {
    const { certificate, privateKey } = await handmade(machine, 'own.test', 60)
    const said = await machine.sh(
      ['hosting-panel', 'sites', 'certificate', 'set', 'own.test', '--certificate', certificate, '--private-key', '-'],
      { input: privateKey },
    )
    expect([said.code, said.stderr]).toEqual([0, ''])
    expect(said.stdout).toMatch(/^warning +Browsers do not know the authority Own Root/m)
    expect((await servedCertificate(machine, 'own.test')).issuer).toContain('Own Root')
  })

  it('that does not fit is refused with the reason, and nothing changes', async () => {
    const { serial } = await servedCertificate(machine, 'own.test')
    const [own, other] = [await handmade(machine, 'own.test'), await handmade(machine, 'other.test')]
    for (const [body, path, words] of [
      [{ ...own, privateKey: other.privateKey }, 'privateKey', 'does not belong'],
      [other, 'certificate', 'which is none of own.test'],
      [{ ...own, chain: other.certificate }, 'chain', 'was not signed by'],
      [{ ...own, certificate: own.privateKey }, 'certificate', 'private key'],
      [{ ...own, certificate: '$(id)' }, 'certificate', ''],
    ] as const) {
      const { status, body: refusal } = await put('own.test', body)
      expect([status, refusal.code]).toEqual([422, 'certificate_invalid'])
      expect([refusal.details.issues[0].path, refusal.message]).toEqual([path, expect.stringContaining(words)])
    }
    expect((await servedCertificate(machine, 'own.test')).serial).toBe(serial)
  })
})

describe('by DNS', () => {
  itInSoak(
    'a wildcard is proved to a DNS server that takes updates, with credentials nobody sees again',
    async () => {
      const bind = await startBind(machine, 'zone.test')
      const ca = await startAcme(machine, { port: 14500, dnsServer: `${bind.server}:${bind.port}` })
      await set(panel, { acme: { directory: ca.directory, stagingDirectory: null } })
      await create(panel, { domain: 'zone.test', runtime: 'static' })
      const wish = { names: ['zone.test', '*.zone.test'], challenge: 'dns-01', dnsProvider: 'rfc2136' }
      expect((await request(panel, 'zone.test', { names: ['*.zone.test', 'zone.test'] })).details.issues[0].path).toBe(
        'challenge',
      )
      expect((await request(panel, 'zone.test', wish)).error.code).toBe('dns_credentials_missing')
      const credentials = {
        server: bind.server,
        port: String(bind.port),
        name: bind.keyName,
        secret: bind.secret,
        algorithm: 'HMAC-SHA512',
      }
      const kept = await panel.send('PUT', '/dns-providers/rfc2136', { credentials }, { prefer: 'wait=60' })
      expect(kept.body).toMatchObject({ state: 'done', error: null })
      await mustIssue(panel, 'zone.test', wish)
      expect((await servedCertificate(machine, 'zone.test')).subjectAltName.split(', ').sort()).toEqual([
        'DNS:*.zone.test',
        'DNS:zone.test',
      ])
      expect((await bind.query('_acme-challenge.zone.test', 'TXT')).values).toEqual([])
      expect((await panel.patch('/sites/zone.test', { aliases: ['*.zone.test'] })).status).toBe(200)
      expect((await site(machine, 'any.zone.test', '/', { scheme: 'https' })).status).toBe(200)
      expect(await output(machine, 'sh', '-c', 'stat -c "%U %a" /etc/hosting-panel/dns/@admin/rfc2136.ini')).toBe(
        'hosting-panel-certbot 600',
      )
      expect(
        JSON.stringify([
          (await panel.get('/dns-providers')).body,
          (await panel.get('/audit?limit=50')).body,
          (await panel.get('/jobs')).body,
        ]),
      ).not.toContain(bind.secret)
      expect((await panel.delete('/dns-providers/rfc2136')).status).toBe(200)
      expect((await request(panel, 'zone.test', wish)).error.code).toBe('dns_credentials_missing')
      await set(panel, { acme: { directory: authority.ca.directory, stagingDirectory: authority.staging.directory } })
      await ca.stop()
      await bind.stop()
    },
    300_000,
  )

  it('installs the plugin that is missing, and takes no credentials that would say more', async () => {
    const secret = 'abcdefgh12345678'
    expect(
      (
        await panel.send('PUT', '/dns-providers/cloudflare', {
          credentials: { api_token: `${secret}\ndns_cloudflare_email = x` },
        })
      ).status,
    ).toBe(422)
    const kept = await panel.send(
      'PUT',
      '/dns-providers/cloudflare',
      { credentials: { api_token: secret } },
      { prefer: 'wait=120' },
    )
    expect(kept.body).toMatchObject({ state: 'done', error: null })
    expect(await output(machine, 'cat', '/etc/hosting-panel/dns/@admin/cloudflare.ini')).toBe(
      `dns_cloudflare_api_token = ${secret}`,
    )
    expect(await output(machine, 'certbot', 'plugins')).toContain('dns-cloudflare')
    await panel.delete('/dns-providers/cloudflare')
  }, 900_000)
})

describe('the server’s own name', () => {
  it('gets a certificate for the panel, used at once, and by other programs', async () => {
    await set(panel, { serverName: 'server.calm.test' })
    await authority.dns.setA('server.calm.test', [machine.address])
    await mustIssue(panel, '@server')
    expect((await servedCertificate(machine, 'server.calm.test', 8080)).subjectAltName).toBe('DNS:server.calm.test')
    expect((await ask(`${panelUrl(machine)}/api/health`)).status).toBe(200)
    expect(
      await output(
        machine,
        'openssl',
        'x509',
        '-in',
        '/etc/hosting-panel/tls/server.crt',
        '-noout',
        '-ext',
        'subjectAltName',
      ),
    ).toContain('DNS:server.calm.test')
    expect(await certificateOf(panel, '@server')).toMatchObject({ state: 'valid', names: ['server.calm.test'] })
    expect((await panel.get('/certificates')).body.certificates[0]).toMatchObject({
      subject: '@server',
      state: 'valid',
    })
    await panel.post('/php/versions', { version: '8.2' }, { prefer: 'wait=60' })
    expect((await servedCertificate(machine, 'server.calm.test', 8080)).subjectAltName).toBe('DNS:server.calm.test')
  }, 300_000)

  it('without a name it goes back to the self-signed one', async () => {
    await set(panel, { serverName: null })
    expect((await servedCertificate(machine, 'server.calm.test', 8080)).subjectAltName).not.toContain(
      'server.calm.test',
    )
    expect((await panel.post('/settings/certificate', {})).body.code).toBe('server_name_missing')
  })
})
