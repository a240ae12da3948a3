import { setTimeout as sleep } from 'node:timers/promises'
import { install } from '../machine/deploy.ts'
import { api, type Api } from '../machine/http.ts'
import { down, up, type Machine } from '../machine/machine.ts'
import { deleteAttempts, resetFailed, handmade, renew, sql } from '../machine/certificates/_authority.ts'
import { startAcme } from '../machine/certificates/_acme.ts'
import { startDns } from '../machine/certificates/_dns.ts'
import { median, row } from './_table.ts'

/** Measures the panel's part beside certbot and the authority: for one certificate, and when few of many are due. */
const ROUNDS = 5
const MANY = 200
const DUE = 3

const times = '/run/certbot-times'

async function out(machine: Machine, ...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await machine.sh(argv)
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  return stdout.trim()
}

/** Stands before certbot, and writes down how long it took (ms). */
async function timeCertbot(machine: Machine): Promise<void> {
  const script =
    `#!/bin/bash\nbegin=$(date +%s%N)\n/usr/bin/certbot "$@"\ncode=$?\necho $((($(date +%s%N) - begin) / ` +
    `1000000)) >>${times}\nexit $code\n`
  await machine.sh(['tee', '/usr/local/bin/certbot'], { input: script })
  await out(machine, 'sh', '-c', `chmod 755 /usr/local/bin/certbot; install -m 666 /dev/null ${times}`)
}

/** Time that certbot took since it was last asked, in all (ms). */
const certbotTime = async (machine: Machine): Promise<number> =>
  Number(await out(machine, 'sh', '-c', `awk '{ s += $1 } END { print s + 0 }' ${times}; : >${times}`))

/** How long the hook's process lived (ms). */
async function hookTime(machine: Machine): Promise<number> {
  const shown = await out(
    machine,
    'systemctl',
    'show',
    'hosting-panel-hook@renew-certificates.service',
    '--property=ExecMainStartTimestampMonotonic,ExecMainExitTimestampMonotonic',
  )
  const [begin, end] = ['Start', 'Exit'].map((which) =>
    Number(new RegExp(`ExecMain${which}TimestampMonotonic=(\\d+)`).exec(shown)?.[1]),
  )
  return Math.round((end! - begin!) / 1000)
}

async function must<T extends { status: number; body: unknown }>(answer: Promise<T>): Promise<T> {
  const { status, body } = await answer
  if (status >= 400) throw new Error(`${status}: ${JSON.stringify(body)}`)
  return answer
}

async function issue(panel: Api, domain: string): Promise<void> {
  const { body } = await must(panel.post(`/sites/${domain}/certificate`, {}, { prefer: 'wait=60' }))
  if (body.state !== 'done') throw new Error(JSON.stringify(body))
}

async function fill(machine: Machine, panel: Api): Promise<void> {
  const domains = Array.from({ length: MANY - DUE }, (_, i) => `filler${i}.test`)
  await Promise.all(domains.map((domain) => must(panel.post('/sites', { domain, runtime: 'static' }))))
  for (const domain of domains)
    await must(panel.send('PUT', `/sites/${domain}/certificate`, await handmade(machine, domain, 90)))
  await sql(machine, "UPDATE certificates SET source = 'acme', challenge = 'http-01' WHERE subject LIKE 'filler%'")
}

const machine = await up('bench-certificates', { durable: true })
try {
  await install(machine)
  const panel = await api(machine)
  const dns = await startDns(machine)
  const ca = await startAcme(machine)
  await must(
    panel.patch('/settings', {
      resolvers: [dns.server],
      acme: { directory: ca.directory, stagingDirectory: ca.directory, caFile: ca.caFile },
    }),
  )
  await timeCertbot(machine)
  const due = Array.from({ length: DUE }, (_, i) => `due${i}.test`)
  for (const domain of due) {
    await must(panel.post('/sites', { domain, runtime: 'static' }))
    await dns.setA(domain, [machine.address])
  }
  const shares: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    await deleteAttempts(machine)
    const begin = Date.now()
    await issue(panel, due[round % DUE]!)
    shares.push(Date.now() - begin - (await certbotTime(machine)))
    await sleep(500)
  }
  row('one issuance, without certbot and the authority', `${median(shares)} ms`, 'under 300')
  await fill(machine, panel)
  const turns: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    await deleteAttempts(machine)
    await resetFailed(machine)
    await sql(
      machine,
      "UPDATE certificates SET facts = json_set(facts, '$.notBefore', '2026-01-01T00:00:00.000Z', " +
        "'$.notAfter', strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+20 days')) WHERE subject LIKE 'due%'",
    )
    const said = await renew(machine)
    turns.push((await hookTime(machine)) - (await certbotTime(machine)))
    if (!due.every((domain) => said.includes(domain))) throw new Error(said)
  }
  row(`renewing ${MANY} certificates of which ${DUE} are due, without`, `${median(turns)} ms`, 'under 1000')
} finally {
  await down('bench-certificates')
}
