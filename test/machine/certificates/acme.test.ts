import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { rateLimiter, startAcme, type Acme, type RateLimiter } from './_acme.ts'
import { startBind, startDns, type Bind, type Dns } from './_dns.ts'
import { inside } from './_service.ts'
import { servedCertificate, visitors } from './_visitors.ts'

const place = '/run/test-certbot'
let machine: Machine
let dns: Dns
let bind: Bind
let ca: Acme
let other: Acme
let limiter: RateLimiter

beforeAll(async () => {
  machine = await useMachine()
  dns = await startDns(machine)
  bind = await startBind(machine, 'zone.test')
  ca = await startAcme(machine, { dnsServer: `${bind.server}:${bind.port}`, validity: 600 })
  other = await startAcme(machine, { port: 14001 })
  limiter = await rateLimiter(machine, ca)
  await inside(machine, ['install', '-d', '-m', '700', place])
  const { server, port, keyName, secret, algorithm } = bind
  await inside(
    machine,
    ['tee', `${place}/rfc2136.ini`],
    Object.entries({ server, port, name: keyName, secret, algorithm: algorithm.toUpperCase() })
      .map(([key, value]) => `dns_rfc2136_${key} = ${value}\n`)
      .join(''),
  )
})

afterAll(async () => {
  await Promise.all([limiter, ca, other, bind, dns].map((started) => started?.stop()))
  await machine.sh(['rm', '-rf', place])
  const { stdout } = await machine.sh([
    'sh',
    '-c',
    'systemctl list-units --all --plain --no-legend "test-*"; ls -d /run/test-* 2>/dev/null',
  ])
  expect(stdout).toBe('')
})

beforeEach(() => showJournalOnFailure(machine))

/** certbot, as an administrator runs it with a DNS plugin: how it ended, and what it logged. */
async function certbot(directory: string, ...names: string[]) {
  const { code } = await machine.sh(
    [
      'certbot',
      'certonly',
      '--non-interactive',
      '--agree-tos',
      '--register-unsafely-without-email',
      '--server',
      directory,
      ...['config', 'work', 'logs'].flatMap((kind) => [`--${kind}-dir`, `${place}/${kind}`]),
      '--dns-rfc2136',
      '--dns-rfc2136-credentials',
      `${place}/rfc2136.ini`,
      '--dns-rfc2136-propagation-seconds',
      '0',
      '--cert-name',
      'tried',
      '--force-renewal',
      ...names.flatMap((name) => ['-d', name]),
    ],
    { env: { REQUESTS_CA_BUNDLE: ca.caFile } },
  )
  return { code, log: await inside(machine, ['cat', `${place}/logs/letsencrypt.log`]) }
}

/** The certificate that certbot holds, and the one that signed it. */
async function issued(): Promise<X509Certificate[]> {
  const pem = await inside(machine, ['cat', `${place}/config/live/tried/fullchain.pem`])
  return pem
    .split(/(?<=END CERTIFICATE-----\n)/)
    .filter((part) => part.trim())
    .map((part) => new X509Certificate(part))
}

const secondsLeft = ({ validTo }: X509Certificate) => (Date.parse(validTo) - Date.now()) / 1000

describe('the tests’ own certificate authority', () => {
  it('answers for names as a test says', async () => {
    await dns.setA('a.test', ['192.0.2.1', '192.0.2.2'])
    await dns.setA('a.test', ['192.0.2.3'])
    await dns.setAAAA('a.test', ['2001:db8::1'])
    expect(await dns.query('a.test', 'A')).toEqual({ status: 'NOERROR', values: ['192.0.2.3'] })
    expect(await dns.query('a.test', 'AAAA')).toEqual({ status: 'NOERROR', values: ['2001:db8::1'] })
    expect(await dns.query('unknown.test', 'A')).toEqual({ status: 'NOERROR', values: [] })
    await dns.servfail('a.test')
    expect(await dns.query('a.test', 'A')).toEqual({ status: 'SERVFAIL', values: [] })
    await dns.clear('a.test')
    expect(await dns.query('a.test', 'AAAA')).toEqual({ status: 'NOERROR', values: [] })
  })

  it('certifies a wildcard whose zone it may look up, and counts what it was asked', async () => {
    expect(await certbot(ca.directory, '*.zone.test', 'zone.test')).toMatchObject({ code: 0 })
    const [leaf, intermediate] = await issued()
    const root = new X509Certificate(await ca.root())
    expect(leaf!.subjectAltName?.split(', ').sort()).toEqual(['DNS:*.zone.test', 'DNS:zone.test'])
    expect([leaf!.verify(intermediate!.publicKey), intermediate!.verify(root.publicKey)]).toEqual([true, true])
    expect(secondsLeft(leaf!)).toBeLessThan(600)
    expect(await ca.asked()).toMatchObject({ orders: 1, certificates: 1 })
    expect(await other.asked()).toEqual({ posts: 0, orders: 0, certificates: 0 })
    expect(await bind.query('www.zone.test', 'A')).toEqual({ status: 'NOERROR', values: [machine.address] })
    expect((await bind.query('_acme-challenge.zone.test', 'TXT')).values).toEqual([])
  })

  it('says when it had enough', async () => {
    const before = await ca.asked()
    const { code, log } = await certbot(limiter.directory, 'zone.test')
    expect(code).toBe(1)
    // What Debian's certbot prints is about an error of its own ("can't set attribute"); its log has this one.
    expect(log).toMatch(
      /:rateLimited :: .* :: too many certificates \(5\) .*, retry after \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: see/,
    )
    expect(log).toContain('Retry-After: 3600')
    expect([await limiter.refused(), (await ca.asked()).orders]).toEqual([1, before.orders])
  })

  it('starts again with other habits', async () => {
    const before = await ca.root()
    await ca.restart({ alwaysValid: true, validity: 30, strict: true })
    expect(await ca.root()).not.toBe(before)
    await inside(machine, ['rm', '-rf', `${place}/config`])
    expect(await certbot(ca.directory, 'zone.test')).toMatchObject({ code: 0 })
    expect(secondsLeft((await issued())[0]!)).toBeLessThan(30)
    expect(await ca.asked()).toMatchObject({ orders: 2, certificates: 2 })
  })
})

describe('the tests’ visitors', () => {
  it('see which certificate is served, and whether everybody is answered', async () => {
    const stream = visitors(machine, 'panel.test', 20, { port: 8080 })
    const { serial, ...served } = await servedCertificate(machine, 'panel.test', 8080)
    expect(served).toMatchObject({
      protocol: 'TLSv1.3',
      fingerprint256: expect.stringMatching(/^([0-9A-F]{2}:?){32}$/),
    })
    await expect.poll(stream.answered).toBeGreaterThanOrEqual(19)
    expect(await stream.stop()).toMatchObject({ failed: 0, serials: new Set([serial]) })
    // That port speaks no TLS.
    const turnedAway = visitors(machine, 'panel.test', 5, { port: 80 })
    expect(await turnedAway.stop()).toMatchObject({ answered: 0, failed: 1, first: expect.stringContaining('EPROTO') })
  })
})
