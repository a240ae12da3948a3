import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Api } from '../http.ts'
import { within, type Machine } from '../machine.ts'
import { output } from '../sites/_helpers.ts'
import { startAcme, type Acme } from './_acme.ts'
import { startDns, type Dns } from './_dns.ts'

/** An authority with its staging server and the DNS both ask, and a panel that is set to them. */
export interface Authority {
  ca: Acme
  staging: Acme
  dns: Dns
  end: () => Promise<void>
}

export async function useAuthority(machine: Machine, panel: Api): Promise<Authority> {
  const dns = await startDns(machine)
  const ca = await startAcme(machine)
  const staging = await startAcme(machine, { port: 14100 })
  await set(panel, {
    resolvers: [dns.server],
    acme: {
      directory: ca.directory,
      stagingDirectory: staging.directory,
      caFile: ca.caFile,
      email: 'hostmaster@example.test',
    },
  })
  return {
    ca,
    staging,
    dns,
    async end() {
      await set(panel, {
        resolvers: [],
        acme: { directory: 'https://acme-v02.api.letsencrypt.org/directory', caFile: null, email: null },
      })
      for (const each of [ca, staging, dns]) await each.stop()
    },
  }
}

export async function set(panel: Api, settings: object): Promise<void> {
  const { status, body } = await panel.patch('/settings', settings)
  expect([status, body.message]).toEqual([200, undefined])
}

/** The ended job of asking for a certificate, or the refusal. */
export async function request(panel: Api, domain: string, body: object = {}) {
  const path = domain === '@server' ? '/settings/certificate' : `/sites/${domain}/certificate`
  const { status, body: answer, headers } = await panel.post(path, body)
  return status === 202 ? jobOf(panel, headers.location!) : answer
}

/** A job once it has ended. */
export async function jobOf(panel: Api, location: string) {
  for (let look = 0; look < 1200; look++) {
    const { body: job } = await panel.get(location.replace(/^\/api/, ''))
    if (job.state !== 'running') return job
    await sleep(100)
  }
  throw new Error(`${location} does not end`)
}

/** A job that has to go well. */
export async function mustIssue(panel: Api, domain: string, body: object = {}) {
  const job = await request(panel, domain, body)
  expect([job.state, job.error ?? job.message ?? null]).toEqual(['done', null])
  return job.result
}

export const certificateOf = async (panel: Api, domain: string) =>
  (await panel.get(domain === '@server' ? '/settings/certificate' : `/sites/${domain}/certificate`)).body

/** Does the work of the timers, and answers its output. */
export async function renew(machine: Machine): Promise<string> {
  const unit = 'hosting-panel-hook@renew-certificates.service'
  await output(machine, 'systemctl', 'start', unit)
  const invocation = await output(machine, 'systemctl', 'show', '--property=InvocationID', '--value', unit)
  // The journal may lag behind what has ended.
  return within(60, 'what the renewal said', async () => {
    const said = await output(machine, 'journalctl', '--no-pager', '-o', 'cat', `_SYSTEMD_INVOCATION_ID=${invocation}`)
    return /renewed/i.test(said) ? said : undefined
  })
}

/** Runs SQL in the panel's database, as its user. */
export async function sql(machine: Machine, statement: string): Promise<void> {
  const script =
    `const D = require('/opt/hosting-panel/current/node_modules/better-sqlite3'); new ` +
    `D('/opt/hosting-panel/data/panel.db', { timeout: 5000 }).prepare(process.argv[1]).run()`
  const { code, stderr } = await machine.sh([
    'setpriv',
    '--reuid=hosting-panel',
    '--regid=hosting-panel',
    '--clear-groups',
    '/opt/hosting-panel/current/node_modules/.bin/node',
    '-e',
    script,
    statement,
  ])
  if (code !== 0) throw new Error(stderr)
}

/** As if these had never failed: tried again at the next turn. */
export const resetFailed = (machine: Machine): Promise<void> =>
  sql(machine, 'UPDATE certificates SET failures = 0, next_try = NULL, problem = NULL')

/** As if nobody had asked for anything in the last week: what counts towards the limits is gone. */
export const deleteAttempts = (machine: Machine): Promise<void> => sql(machine, 'DELETE FROM certificate_attempts')

/** Files that are there only while a certificate is asked for. */
export const unfinished = (machine: Machine): Promise<string> =>
  output(
    machine,
    'sh',
    '-c',
    'find /etc/hosting-panel/certificates /run/hosting-panel/certbot /run/hosting-panel/acme -name "*.new*" -o ' +
      '-name ".new-*" -o -path "*acme-challenge/*" -o -name csr.pem',
  )

/** A root and a certificate it signed, made on the machine, as PUT takes them. */
export async function handmade(
  machine: Machine,
  domain: string,
  days = 25,
): Promise<{ certificate: string; privateKey: string; chain: string }> {
  const script = `cd $(mktemp -d)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 100 -subj '/CN=Own Root' \\
  -keyout root.key -out root.crt 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=own' -keyout own.key -out own.csr 2>/dev/null
printf 'subjectAltName=DNS:${domain}' >extensions
openssl x509 -req -in own.csr -CA root.crt -CAkey root.key -CAcreateserial -days ${days} -extfile extensions \\
  -out own.crt 2>/dev/null
cat own.crt; echo ----; cat own.key; echo ----; cat root.crt`
  const [certificate, privateKey, chain] = (await output(machine, 'sh', '-c', script)).split(/^----\n/m)
  return { certificate: certificate!, privateKey: privateKey!, chain: chain! }
}
