import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { api, client, panelUrl, request as ask, site, type Api } from '../http.ts'
import { within, type Machine } from '../machine.ts'
import { create, output, deleteSite } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
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
const sites = ['own.test', 'repair.test', 'calm.test', 'zone.test']

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  authority = await useAuthority(machine, panel)
  for (const domain of ['own.test', 'repair.test', 'calm.test']) {
    await create(panel, { domain, runtime: 'static' })
    await authority.dns.setA(domain, [machine.address])
  }
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

describe('files that somebody deletes or damages', () => {
  const files = async (domain: string) => {
    const { body } = await panel.get(`/sites/${domain}`)
    return `/etc/hosting-panel/certificates/${domain}/${body.certificate.id}`
  }

  it.each([
    ['the certificate', 'rm fullchain.pem'],
    ['the key', 'rm privkey.pem'],
    ['all of it', 'rm -r .'],
    ['a part of it', 'truncate -s 100 fullchain.pem'],
    ['another key', 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out privkey.pem'],
  ])(
    '%s: nginx starts all the same, others do not notice, and it is had again by itself',
    async (_what, damage) => {
      await mustIssue(panel, 'repair.test')
      await mustIssue(panel, 'calm.test')
      const [{ serial }, calm] = [
        await servedCertificate(machine, 'repair.test'),
        await servedCertificate(machine, 'calm.test'),
      ]
      await output(
        machine,
        'sh',
        '-c',
        `d=${await files('repair.test')}; cd $d && ${damage.replace('rm -r .', 'rm -r $d')}`,
      )
      expect((await machine.sh(['systemctl', 'restart', 'nginx'])).code).toBe(0)
      expect((await servedCertificate(machine, 'calm.test')).serial).toBe(calm.serial)
      expect((await site(machine, 'repair.test', '/', { scheme: 'https' })).status).toBe(200)
      await within(120, 'a new certificate', async () => {
        const served = await servedCertificate(machine, 'repair.test').catch(() => null)
        return (served?.issuer.includes('Pebble') && served.serial !== serial) || undefined
      })
      await expect
        .poll(() => certificateOf(panel, 'repair.test'), { timeout: 90_000 })
        .toMatchObject({ state: 'valid', problem: null })
      expect((await panel.get('/drift')).body.changes).toEqual([])
    },
    300_000,
  )

  it('while nginx takes a while to start and a turn is under way: it is had again all the same', async () => {
    await mustIssue(panel, 'repair.test')
    const { serial } = await servedCertificate(machine, 'repair.test')
    const [slowStart, slowTurn] = ['nginx', 'hosting-panel-hook@renew-certificates'].map(
      (unit) => `/run/systemd/system/${unit}.service.d`,
    )
    onTestFinished(
      async () => void (await output(machine, 'sh', '-c', `rm -r ${slowStart} ${slowTurn}; systemctl daemon-reload`)),
    )
    await output(
      machine,
      'sh',
      '-c',
      `mkdir -p ${slowStart} ${slowTurn}
printf '[Service]\nExecStartPre=/bin/sleep 3\n' >${slowStart}/slow.conf
printf '[Service]\nExecStartPost=/bin/sleep 3\n' >${slowTurn}/slow.conf
systemctl daemon-reload; systemctl start --no-block hosting-panel-hook@renew-certificates`,
    )
    await within(
      60,
      'the turn to have looked',
      async () =>
        (
          await output(machine, 'systemctl', 'show', '--property=SubState', 'hosting-panel-hook@renew-certificates')
        ).endsWith('start-post') || undefined,
    )
    await output(machine, 'rm', `${await files('repair.test')}/fullchain.pem`)
    expect((await machine.sh(['systemctl', 'restart', 'nginx'])).code).toBe(0)
    await within(120, 'a new certificate', async () => {
      const served = await servedCertificate(machine, 'repair.test').catch(() => null)
      return (served?.issuer.includes('Pebble') && served.serial !== serial) || undefined
    })
  }, 300_000)

  it('while no authority can help: a self-signed one stands in, somebody is told, other sites can change', async () => {
    await authority.dns.setA('repair.test', ['192.0.2.7'])
    await output(machine, 'rm', '-r', await files('repair.test'))
    expect((await panel.patch('/sites/calm.test', { bodyLimitMb: 65 })).status).toBe(200)
    expect((await servedCertificate(machine, 'repair.test')).issuer).not.toContain('Pebble')
    await within(
      60,
      'the alert',
      async () =>
        (await alerts()).some(({ key, severity }) => key === 'certificate:repair.test' && severity === 'critical') ||
        undefined,
    )
    expect(await certificateOf(panel, 'repair.test')).toMatchObject({
      state: 'broken',
      problem: expect.stringContaining('192.0.2.7'),
    })
    expect((await panel.get('/drift')).body.changes).not.toEqual([])
    expect((await panel.post('/drift', {}, { prefer: 'wait=60' })).body.state).toBe('done')
    expect((await site(machine, 'repair.test')).status).toBe(200)
    expect((await panel.get('/drift')).body.changes).toEqual([])
    await authority.dns.setA('repair.test', [machine.address])
    await mustIssue(panel, 'repair.test')
    expect((await alerts()).filter(({ key }) => key === 'certificate:repair.test')).toEqual([])
    expect((await site(machine, 'repair.test')).headers.location).toBe('https://repair.test/')
  }, 300_000)

  it('the self-signed one itself: it is made again', async () => {
    await output(machine, 'sh', '-c', 'rm /etc/hosting-panel/tls/panel.crt; echo x >/etc/hosting-panel/tls/panel.key')
    expect((await machine.sh(['systemctl', 'restart', 'nginx'])).code).toBe(0)
    expect((await client(machine).get('/health')).status).toBe(200)
    expect(await output(machine, 'stat', '-c', '%U %a', '/etc/hosting-panel/tls/panel.key')).toBe('root 600')
  })
})

describe('by DNS', () => {
  it('a wildcard is proved to a DNS server that takes updates, with credentials nobody sees again', async () => {
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
  }, 300_000)

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
