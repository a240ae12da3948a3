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
} from '../../../../lib/drivers/certbot/commands.ts'

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
