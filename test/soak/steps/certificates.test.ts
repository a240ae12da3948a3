import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, site, type Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { create, output, deleteSite, writeFile } from '../../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'
import {
  deleteAttempts,
  mustIssue,
  request,
  useAuthority,
  type Authority,
} from '../../machine/certificates/_authority.ts'
import { servedCertificate } from '../../machine/certificates/_visitors.ts'

const domain = 'fault.test'
let machine: Machine
let panel: Api
let authority: Authority
/** Fingerprint of the certificate that is served. */
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

it('killed at any moment leaves the old certificate and nothing else', async () => {
  for (const seconds of ['0.1', '0.4', '0.8', '1.1', '1.5', '1.9', '2.3']) {
    await deleteAttempts(machine)
    await withCertbot(
      `case "$*" in *--dry-run*) exec /usr/bin/certbot "$@" ;; esac\n/usr/bin/certbot "$@" & pid=$!; sleep ` +
        `${seconds}; kill -KILL $pid; kill -KILL $$`,
      async () => {
        const job = await request(panel, domain)
        if (job.state === 'done') serial = (await servedCertificate(machine, domain)).serial
        else
          expect([job.error.code, job.error.message]).toEqual(['certbot_ended', expect.stringContaining('Try again')])
      },
    )
    await isAsBefore()
  }
  await mustIssue(panel, domain)
  serial = (await servedCertificate(machine, domain)).serial
}, 900_000)

describe('kill -9', () => {
  const kill = (unit: string) => output(machine, 'systemctl', 'kill', '-s', 'KILL', `${unit}.service`)

  it('of the agent while certbot works: it is made as desired after all, or refused, and nothing is left', async () => {
    for (const delay of [400, 2_600, 4_200]) {
      const asked = request(panel, domain)
      await new Promise((resolve) => setTimeout(resolve, delay))
      await kill('hosting-panel-agent')
      const job = await asked
      expect(['done', 'failed']).toContain(job.state)
      if (job.state === 'failed') expect(job.error.code).toMatch(/^agent_/)
      serial = (await servedCertificate(machine, domain)).serial
      await output(machine, 'systemctl', 'start', 'hosting-panel-agent.service')
      await panel.get('/drift')
      await isAsBefore()
    }
  }, 900_000)

  it(
    'of the panel: the job says it was cut off, and a certificate that was had meanwhile is used, not asked for ' +
      'again',
    async () => {
      const { headers } = await panel.post(`/sites/${domain}/certificate`, {})
      await expect
        .poll(
          async () => (await output(machine, 'ls', `/etc/hosting-panel/certificates/${domain}`)).split('\n').length,
          {
            timeout: 90_000,
            interval: 20,
          },
        )
        .toBeGreaterThan(2)
        .catch(() => undefined)
      await kill('hosting-panel')
      await expect
        .poll(async () => (await panel.get(headers.location!.replace('/api', '')).catch(() => null))?.body.state, {
          timeout: 90_000,
        })
        .toMatch(/interrupted|done/)
      await expect
        .poll(() => output(machine, 'sh', '-c', 'pgrep certbot || echo none'), { timeout: 90_000 })
        .toBe('none')
      await mustIssue(panel, domain)
      serial = (await servedCertificate(machine, domain)).serial
      await isAsBefore()
    },
    300_000,
  )
})
