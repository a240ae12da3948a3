import { describe, expect, it } from 'vitest'
import {
  accountsOf,
  asCertbot,
  certificateRequest,
  certonly,
  makeTokens,
  removeLeftTokens,
  removeToken,
  writeToken,
  type Order,
} from '../../../lib/drivers/certbot/commands.ts'
import { renderCredentials } from '../../../lib/drivers/certbot/credentials.conf.ts'

const server = 'https://acme-v02.api.letsencrypt.org/directory'
const order: Order = {
  directory: '/run/hosting-panel/certbot/0a',
  server,
  email: 'ann@a.test',
  proof: { challenge: 'http-01' },
  dryRun: false,
}

const begin = ['certbot', 'certonly', '--non-interactive', '--agree-tos']
const files = [
  '--csr',
  '/run/hosting-panel/certbot/0a/csr.pem',
  '--cert-path',
  '/run/hosting-panel/certbot/0a/cert.pem',
  '--chain-path',
  '/run/hosting-panel/certbot/0a/chain.pem',
  '--fullchain-path',
  '/run/hosting-panel/certbot/0a/fullchain.pem',
]
const places = [
  '--config-dir',
  '/var/lib/hosting-panel-certbot/acme-v02.api.letsencrypt.org',
  '--work-dir',
  '/run/hosting-panel/certbot/0a',
  '--logs-dir',
  '/run/hosting-panel/certbot/0a/log',
  '--server',
  server,
]
const webroot = ['--webroot', '--webroot-path', '/run/hosting-panel/acme']

describe('certbot is asked', () => {
  it('by http, with an address for the authority’s letters', () => {
    expect(certonly(order)).toEqual([
      ...begin,
      '--email',
      'ann@a.test',
      '--no-eff-email',
      ...places,
      ...files,
      ...webroot,
    ])
  })

  it('without an address, and only to try', () => {
    expect(certonly({ ...order, email: null, dryRun: true })).toEqual([
      ...begin,
      '--register-unsafely-without-email',
      ...places,
      ...files,
      ...webroot,
      '--dry-run',
    ])
  })

  it('by DNS, with a plugin’s credentials and waiting time', () => {
    const proof = {
      challenge: 'dns-01',
      provider: 'rfc2136',
      credentials: '/etc/hosting-panel/dns/@admin/rfc2136.ini',
      propagation: 10,
    } as const
    expect(certonly({ ...order, proof })).toEqual([
      ...begin,
      '--email',
      'ann@a.test',
      '--no-eff-email',
      ...places,
      ...files,
      '--authenticator',
      'dns-rfc2136',
      '--dns-rfc2136-credentials',
      '/etc/hosting-panel/dns/@admin/rfc2136.ini',
      '--dns-rfc2136-propagation-seconds',
      '10',
    ])
  })

  it('by Route 53, whose plugin has neither option', () => {
    const proof = {
      challenge: 'dns-01',
      provider: 'route53',
      credentials: '/etc/hosting-panel/dns/ann/route53.ini',
      propagation: 0,
    } as const
    expect(certonly({ ...order, proof, dryRun: true })).toEqual([
      ...begin,
      '--email',
      'ann@a.test',
      '--no-eff-email',
      ...places,
      ...files,
      '--dns-route53',
      '--dry-run',
    ])
  })

  it('as a user that may nothing else', () => {
    expect(asCertbot(['certbot', 'certonly'])).toEqual([
      'setpriv',
      '--reuid=hosting-panel-certbot',
      '--regid=hosting-panel-certbot',
      '--clear-groups',
      '--no-new-privs',
      '--pdeathsig=KILL',
      '--',
      'certbot',
      'certonly',
    ])
  })
})

describe('beside certbot', () => {
  it('the request is made by root, who alone reads the key', () => {
    expect(
      certificateRequest('/etc/hosting-panel/certificates/.new-0a/privkey.pem', [
        'a.test',
        '*.a.test',
        'xn--bcher-kva.test',
      ]),
    ).toEqual([
      'openssl',
      'req',
      '-new',
      '-sha256',
      '-key',
      '/etc/hosting-panel/certificates/.new-0a/privkey.pem',
      '-subj',
      '/',
      '-addext',
      'subjectAltName=DNS:a.test,DNS:*.a.test,DNS:xn--bcher-kva.test',
    ])
  })

  it('a token is written and removed as certbot would', () => {
    const path = '/run/hosting-panel/acme/.well-known/acme-challenge/0a'
    expect(writeToken(path)).toEqual(asCertbot(['tee', '--', path]))
    expect(removeToken(path)).toEqual(asCertbot(['rm', '-f', '--', path]))
    expect(makeTokens('/run/x')).toEqual(asCertbot(['mkdir', '--parents', '--', '/run/x']))
    expect(removeLeftTokens()).toEqual(
      asCertbot([
        'find',
        '/run/hosting-panel/acme',
        '-type',
        'f',
        '-regextype',
        'posix-extended',
        '-regex',
        '.*/[A-Za-z0-9_-]{43}',
        '-delete',
      ]),
    )
  })

  it.each([
    [server, 'acme-v02.api.letsencrypt.org'],
    ['https://acme-staging-v02.api.letsencrypt.org/directory', 'acme-staging-v02.api.letsencrypt.org'],
    ['https://127.0.0.1:14000/dir', '127.0.0.1_14000'],
    ['https://[::1]:14000/dir', '___1__14000'],
    ['https://CA.test/../../etc', 'ca.test'],
  ])('the account with %s is in %s', (directory, name) =>
    expect(accountsOf(directory)).toBe(`/var/lib/hosting-panel-certbot/${name}`),
  )
})

describe('a plugin reads', () => {
  it('one token', () =>
    expect(renderCredentials('cloudflare', { api_token: 'abc_DEF-123=' })).toBe(
      'dns_cloudflare_api_token = abc_DEF-123=\n',
    ))

  it('several keys, in their order whatever they came in', () => {
    expect(
      renderCredentials('ovh', {
        consumer_key: 'consumer1',
        endpoint: 'ovh-eu',
        application_secret: 'secret12',
        application_key: 'key12345',
      }),
    ).toBe(
      `dns_ovh_endpoint = ovh-eu
dns_ovh_application_key = key12345
dns_ovh_application_secret = secret12
dns_ovh_consumer_key = consumer1
`,
    )
  })

  it('what may be left out, when it is there', () => {
    const given = { server: '192.0.2.53', name: 'key.', secret: 'c2VjcmV0c2VjcmV0', algorithm: 'HMAC-SHA512' }
    const rest = 'dns_rfc2136_name = key.\ndns_rfc2136_secret = c2VjcmV0c2VjcmV0\ndns_rfc2136_algorithm = HMAC-SHA512\n'
    expect(renderCredentials('rfc2136', { ...given, port: '' })).toBe(`dns_rfc2136_server = 192.0.2.53\n${rest}`)
    expect(renderCredentials('rfc2136', { ...given, port: '5353' })).toBe(
      `dns_rfc2136_server = 192.0.2.53\ndns_rfc2136_port = 5353\n${rest}`,
    )
  })

  it('Amazon’s own form', () => {
    expect(
      renderCredentials('route53', {
        aws_access_key_id: 'AKIAIOSFODNN7EXAMPLE',
        aws_secret_access_key: 'wJalrXUtnFEMI/K7MDENG',
      }),
    ).toBe('[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG\n')
  })

  it('nothing that no field is for', () =>
    expect(renderCredentials('gandi', { api_key: 'abcdefgh', other: 'x\ny = z' })).toBe(
      'dns_gandi_api_key = abcdefgh\n',
    ))
})
