import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, site, type Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { create, output, deleteSite, writeFile } from '../../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'
import {
  certificateOf,
  deleteAttempts,
  mustIssue,
  request,
  set,
  useAuthority,
  type Authority,
} from '../../machine/certificates/_authority.ts'
import { rateLimiter, startAcme } from '../../machine/certificates/_acme.ts'
import { servedCertificate } from '../../machine/certificates/_visitors.ts'

const domain = 'fault.test'
let machine: Machine
let panel: Api
let authority: Authority
let serial: string

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  authority = await useAuthority(machine, panel)
  // A server that has a public address is not behind NAT: it can tell that others are not its own.
  await output(machine, 'ip', 'address', 'add', '203.0.113.80/32', 'dev', 'lo')
  await create(panel, { domain, runtime: 'static' })
  await authority.dns.setA(domain, [machine.address])
  await mustIssue(panel, domain)
})
afterAll(async () => {
  await deleteSite(panel, domain)
  await output(machine, 'ip', 'address', 'del', '203.0.113.80/32', 'dev', 'lo')
  await authority.end()
})
beforeEach(async () => {
  showJournalOnFailure(machine)
  serial = (await servedCertificate(machine, domain)).serial
  await deleteAttempts(machine)
})

/** Asks in vain: the error names the cause, the page too, and what was served is served. */
async function fails(code: string, ...words: (string | RegExp)[]): Promise<void> {
  const job = await request(panel, domain)
  expect([job.state, job.error?.code]).toEqual(['failed', code])
  for (const word of words) expect(job.error.message).toMatch(word)
  const { problem, attempts } = await certificateOf(panel, domain)
  expect([problem, attempts[0].code]).toEqual([job.error.message, code])
  await isAsBefore()
}

async function isAsBefore(): Promise<void> {
  expect((await servedCertificate(machine, domain)).serial).toBe(serial)
  expect((await site(machine, domain, '/', { scheme: 'https' })).status).toBe(200)
  expect((await machine.sh(['nginx', '-t', '-q'])).code).toBe(0)
  const left = await output(
    machine,
    'sh',
    '-c',
    'ls -A /run/hosting-panel/certbot; find /run/hosting-panel/acme -type f; ls -A ' +
      '/etc/hosting-panel/certificates | grep "^\\.new" ; pgrep -a certbot',
  )
  expect(left).toBe('')
}

/** Stands before the real certbot; the panel finds it first. */
async function withCertbot<T>(script: string, work: () => Promise<T>): Promise<T> {
  await writeFile(machine, '/usr/local/bin/certbot', `#!/bin/sh\n${script}\n`)
  await output(machine, 'chmod', '755', '/usr/local/bin/certbot')
  try {
    return await work()
  } finally {
    await output(machine, 'rm', '/usr/local/bin/certbot')
  }
}

describe('the DNS', () => {
  it('leads elsewhere: which record, to where, and no authority is asked', async () => {
    const before = await authority.staging.asked()
    await authority.dns.setA(domain, ['192.0.2.7'])
    await fails('dns_elsewhere', /^fault\.test: A points to 192\.0\.2\.7, which is not this server/)
    await authority.dns.setA(domain, [machine.address])
    await authority.dns.setAAAA(domain, ['2001:db8::1'])
    await fails('dns_elsewhere', /^fault\.test: AAAA points to 2001:db8::1, which is not this server.*remove it/)
    await authority.dns.setAAAA(domain, [])
    await authority.dns.setA(domain, ['127.0.0.1'])
    await fails('dns_elsewhere', 'points to 127.0.0.1, which others cannot reach')
    await authority.dns.setA(domain, ['169.254.169.254'])
    await fails('dns_elsewhere', 'which others cannot reach')
    await authority.dns.setA(domain, [machine.address])
    expect(await authority.staging.asked()).toEqual(before)
  })

  it('has no such name, or fails', async () => {
    await authority.dns.setA(domain, [])
    await fails('dns_missing', 'fault.test has no address in the DNS')
    await authority.dns.servfail(domain)
    await fails('dns_failing', 'SERVFAIL')
    await authority.dns.clear(domain)
    await authority.dns.setA(domain, [machine.address])
  })

  it('does not answer', async () => {
    await set(panel, { resolvers: ['127.0.0.99'] })
    await fails('dns_unanswered', '127.0.0.99 did not answer when asked for fault.test')
    await set(panel, { resolvers: [authority.dns.server] })
  })
})

describe('the way to the proof', () => {
  it('is shut by the firewall', async () => {
    const rule = (await panel.post('/firewall/rules', { action: 'deny', port: '80', protocol: 'tcp', position: 1 }))
      .body
    const { id } = rule.rules?.[0] ?? rule
    await fails('port_80_closed', 'The firewall closes port 80')
    expect((await panel.delete(`/firewall/rules/${id}`)).status).toBeLessThan(300)
  })

  it('is taken away by a directive of one’s own', async () => {
    const own = `/etc/nginx/hosting-panel/${domain}/own.conf`
    // Where http leads to https, nobody's directives come before the proof's path.
    await panel.patch(`/sites/${domain}`, { httpsRedirect: false })
    await writeFile(machine, own, 'rewrite ^/.well-known/ /robots.txt last; location = /robots.txt { return 410; }\n')
    await output(machine, 'systemctl', 'reload', 'nginx')
    // An old worker may answer for a moment after the first new one has.
    const answers = () =>
      Promise.all(
        Array.from({ length: 20 }, async () => (await site(machine, domain, '/.well-known/acme-challenge/x')).status),
      )
    await expect.poll(async () => new Set(await answers())).toEqual(new Set([410]))
    await expect.poll(async () => (await machine.sh(['pgrep', '-f', 'worker process is shutting down'])).code).toBe(1)
    await fails(
      'challenge_unreachable',
      'fault.test leads here',
      'it answers 410',
      `/etc/nginx/hosting-panel/${domain}`,
    ).finally(async () => {
      await output(machine, 'rm', own)
      await panel.patch(`/sites/${domain}`, { httpsRedirect: true })
    })
  })
})

describe('an authority', () => {
  it('that does not answer, or is not trusted', async () => {
    await set(panel, { acme: { directory: 'https://127.0.0.1:14999/dir' } })
    await fails('authority_unreachable', '127.0.0.1:14999')
    await set(panel, { acme: { directory: authority.ca.directory, caFile: null } })
    await fails('authority_untrusted', 'acme.caFile')
    await set(panel, { acme: { caFile: '/etc/shadow' } })
    await fails('ca_file_unusable', '/etc/shadow')
    await set(panel, {
      acme: {
        caFile: authority.ca.caFile,
        directory: authority.ca.directory,
        stagingDirectory: authority.staging.directory,
      },
    })
  }, 900_000)

  it('whose limit is reached says until when, and the staging server keeps failures from it', async () => {
    const limiter = await rateLimiter(machine, authority.ca)
    await set(panel, { acme: { directory: limiter.directory } })
    await fails('rate_limited', /limit is reached.*can be asked again after 20\d\d-.*too many certificates/)
    await set(panel, { acme: { directory: authority.ca.directory, stagingDirectory: limiter.directory } })
    const before = await authority.ca.asked()
    await fails('rate_limited', 'too many certificates')
    expect((await authority.ca.asked()).certificates).toBe(before.certificates)
    await set(panel, { acme: { stagingDirectory: authority.staging.directory } })
    await limiter.stop()
  })

  it('that looks names up elsewhere does not find this one', async () => {
    const lost = await startAcme(machine, { port: 14300, dnsServer: '127.0.0.99:53' })
    await set(panel, { acme: { directory: lost.directory, stagingDirectory: null } })
    await fails('challenge_failed', 'fault.test')
    await lost.stop()
  })

  it('that refuses nonces now and then is asked again; one that always does is a fault of its own', async () => {
    const moody = await startAcme(machine, { port: 14400, refusedNonces: 15 })
    await set(panel, { acme: { directory: moody.directory, stagingDirectory: null } })
    await mustIssue(panel, domain)
    serial = (await servedCertificate(machine, domain)).serial
    await moody.restart({ refusedNonces: 100 })
    await fails('authority_refuses', 'a fault of its own')
    await moody.restart()
    await mustIssue(panel, domain)
    serial = (await servedCertificate(machine, domain)).serial
    await moody.stop()
    await set(panel, { acme: { directory: authority.ca.directory, stagingDirectory: authority.staging.directory } })
  }, 900_000)
})

describe('certbot', () => {
  it('without room on the disk, under a wrong clock, or missing, says so', async () => {
    const full = '/var/lib/hosting-panel-certbot'
    await output(machine, 'mount', '-t', 'tmpfs', '-o', 'size=4k,mode=0777', 'full', full)
    await output(machine, 'sh', '-c', `head -c 8192 /dev/zero >${full}/full`)
    await fails('disk_full', 'Free some space').finally(() => output(machine, 'umount', full))
    const kept = '/etc/hosting-panel/certificates'
    await output(
      machine,
      'sh',
      '-c',
      `cp -a ${kept} /run/kept && mount -t tmpfs -o size=64k,mode=0700 tmpfs ${kept} && cp -a /run/kept/. ` +
        `${kept}; cat /dev/zero >${kept}/fill 2>/dev/null`,
    )
    const end = () => output(machine, 'sh', '-c', `umount ${kept}; rm -r /run/kept`)
    await fails('disk_full', 'Free some space').finally(end)
    await withCertbot('exec faketime "2001-01-01" /usr/bin/certbot "$@"', () => fails('clock_wrong', 'timedatectl'))
    await output(machine, 'mv', '/usr/bin/certbot', '/usr/bin/certbot.away')
    await fails('certbot_missing', 'run the installer again').finally(() =>
      output(machine, 'mv', '/usr/bin/certbot.away', '/usr/bin/certbot'),
    )
  })
})
