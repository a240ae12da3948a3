import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { paths } from '../../lib/model/paths.ts'
import { directory } from '../machine/_state.ts'
import { install } from '../machine/deploy.ts'
import { api, type Api } from '../machine/http.ts'
import { down, up, type Machine } from '../machine/machine.ts'
import { median, row } from './_table.ts'

/** Sites on the machine while creating and deleting are measured; `npm run bench -- 0 100` measures fewer. */
const sizes = process.argv.slice(2).map(Number)
const counts = sizes.length > 0 ? sizes : [0, 100, 300, 1000]
const ROUNDS = 7

const { panelSocket } = paths

async function out(machine: Machine, ...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await machine.sh(argv)
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  return stdout.trim()
}

/** Milliseconds of the bare steps and of the panel's, taken in turns so that both see the same machine. */
async function compare(machine: Machine, cookie: string): Promise<Record<'create' | 'delete', number>> {
  const times = {
    create: { bare: [] as number[], panel: [] as number[] },
    delete: { bare: [] as number[], panel: [] as number[] },
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const action of ['create', 'delete'] as const) {
      times[action].bare.push(Number(await out(machine, '/root/bare.sh', action, 'bare.test')))
      times[action].panel.push(Number(await out(machine, '/root/panel.sh', action, 'measured.test', cookie)))
      await sleep(300)
    }
  }
  const ratio = (action: 'create' | 'delete') => {
    const [bare, panel] = [median(times[action].bare), median(times[action].panel)]
    console.log(`    ${action}: bare ${bare} ms, panel ${panel} ms`)
    return panel / bare
  }
  return { create: ratio('create'), delete: ratio('delete') }
}

async function fill(panel: Api, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 100) {
    const domains = Array.from({ length: Math.min(100, to - at) }, (_, i) => `filler${at + i}.test`)
    await Promise.all(domains.map((domain) => panel.post('/sites', { domain, runtime: 'php' })))
  }
}

/** Memory of the unit's process in MB; what it shares with others counts by halves, thirds and so on (PSS). */
async function memory(machine: Machine, unit: string): Promise<number> {
  const pid = await pidOf(machine, unit)
  if (pid === 0) return 0
  return (Number(/Pss:\s+(\d+)/.exec(await out(machine, 'cat', `/proc/${pid}/smaps_rollup`))![1]) * 1024) / 1e6
}

const pidOf = async (machine: Machine, unit: string): Promise<number> =>
  Number(await out(machine, 'systemctl', 'show', '-P', 'MainPID', unit))

/** A minute after its last work, which the installation still gives it. */
async function untilAgentLeaves(machine: Machine): Promise<void> {
  for (let second = 0; second < 240; second++) {
    if ((await pidOf(machine, 'hosting-panel-agent')) === 0) return
    await sleep(1_000)
  }
  throw new Error('the agent stays')
}

async function coldStart(machine: Machine): Promise<number> {
  const script =
    'systemctl stop hosting-panel; a=$(date +%s%N); systemctl start hosting-panel; ' +
    `until curl -s -o /dev/null --unix-socket ${panelSocket} http://localhost/api/setup; do :; done; ` +
    'echo $((($(date +%s%N) - a) / 1000000))'
  const times: number[] = []
  for (let round = 0; round < 5; round++) times.push(Number(await out(machine, 'bash', '-c', script)))
  return median(times)
}

async function listing(machine: Machine, cookie: string): Promise<number> {
  const csv = await out(
    machine,
    'bash',
    '-c',
    'proof="X-Hosting-Panel-Proxy: $(cat /etc/hosting-panel/proxy-secret)"; ' +
      `for i in $(seq 300); do curl -s -o /dev/null -w '%{time_total}\\n' --unix-socket ${panelSocket} -H "$proof" ` +
      `-H 'X-Real-IP: 127.0.0.1' -b '${cookie}' http://localhost/api/sites; done | sort -n | tail -n 4 | head -n 1`,
  )
  return Number(csv) * 1000
}

/** How long the command line takes to start, as a multiple of Node with nothing to do. */
async function helping(machine: Machine): Promise<number> {
  const best = async (command: string) =>
    Number(
      await out(
        machine,
        'bash',
        '-c',
        `for i in $(seq 15); do a=$(date +%s%N); ${command} >/dev/null; echo $(( $(date +%s%N) - a )); done | ` +
          'sort -n | head -n 1',
      ),
    )
  return (await best('hosting-panel --help')) / (await best('/opt/hosting-panel/current/node_modules/.bin/node -e 0'))
}

const machine = await up('bench', { durable: true })
try {
  await install(machine)
  const panel = await api(machine)
  const cookie = readFileSync(join(directory(machine.name), 'session'), 'utf8')
  for (const script of ['bare.sh', 'panel.sh']) {
    await machine.sh(['tee', `/root/${script}`], { input: readFileSync(join(import.meta.dirname, script)) })
    await machine.sh(['chmod', '755', `/root/${script}`])
  }
  await sleep(5_000)
  const both = (await memory(machine, 'hosting-panel')) + (await memory(machine, 'hosting-panel-agent'))
  row('panel and agent, idle', `${both.toFixed(0)} MB`, 'at most 130')
  await untilAgentLeaves(machine)
  row('panel, once the agent has left', `${(await memory(machine, 'hosting-panel')).toFixed(0)} MB`, 'at most 75')
  row('cold start to the first answer', `${await coldStart(machine)} ms`, 'at most 400')
  for (const unit of ['hosting-panel.service', 'hosting-panel-agent.service', 'hosting-panel-php@x.service']) {
    const exposure = /exposure level for .*: ([\d.]+)/.exec(
      (await machine.sh(['systemd-analyze', 'security', '--no-pager', unit])).stdout,
    )?.[1]
    row(`systemd-analyze security ${unit}`, exposure ?? '?', unit === 'hosting-panel.service' ? 'under 3.0' : '')
  }
  row('hosting-panel --help, to Node alone', (await helping(machine)).toFixed(2), '')
  await machine.sh(['systemctl', 'start', 'php8.2-fpm'])
  let filled = 0
  for (const count of counts) {
    await fill(panel, filled, count)
    filled = count
    const { create, delete: remove } = await compare(machine, cookie)
    row(`creating a PHP site with ${count} others, to the bare steps`, create.toFixed(2), 'at most 1.3')
    row(`deleting one`, remove.toFixed(2), 'at most 1.3')
  }
  row(
    `GET /api/sites with ${filled} sites, p99`,
    `${(await listing(machine, cookie)).toFixed(1)} ms`,
    filled === 1000 ? 'at most 25' : '',
  )
} finally {
  await down('bench')
}
