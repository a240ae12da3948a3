import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { npmConfiguration } from '../machine/_host.ts'
import { install } from '../machine/deploy.ts'
import { api, type Api } from '../machine/http.ts'
import { down, up, type Machine } from '../machine/machine.ts'
import { median, row } from './_table.ts'

/** Measures apps: waking one, passing requests to one that runs, many that sleep, and looking after two hundred. */
const ROUNDS = 7
const ASLEEP = 8
const MANY = 200

async function out(machine: Machine, ...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await machine.sh(argv)
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  return stdout.trim()
}

const hello = `
const app = require('express')()
app.get('/', (request, response) => response.send('hello'))
app.listen(process.env.PORT, process.env.HOST)
`

/** As fast as it can, for ever. */
const flood = `
const line = 'x'.repeat(1000)
const more = () => { for (let i = 0; i < 1000; i++) console.log(line); setImmediate(more) }
require('http').createServer((request, response) => { response.end('flooding'); more() })
  .listen(process.env.PORT, process.env.HOST)
`

/** A site with an Express app, installed and running. */
async function startExpress(machine: Machine, panel: Api, domain: string, script = hello): Promise<void> {
  const { body } = await panel.post('/sites', { domain, runtime: 'node' })
  await machine.sh(['tee', `${body.root}/server.js`], { input: script })
  await machine.sh(['tee', `${body.root}/package.json`], {
    input: JSON.stringify({ scripts: { start: 'node server.js' }, dependencies: { express: '^5.0.0' } }),
  })
  // A site asks the registry that this host asks.
  await machine.sh(['tee', `${body.root}/.npmrc`], { input: await npmConfiguration() })
  await out(machine, 'chown', '-R', `${body.user}:`, body.root as string)
  await panel.patch(`/sites/${domain}/app/env`, { NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt' })
  const job = (await panel.post(`/sites/${domain}/app/start`, undefined, { prefer: 'wait=55' })).body
  if (job.state !== 'done') throw new Error(JSON.stringify(job))
}

/** Requests a second through nginx, by turns as the panel's vhost has it and by a plain proxy_pass. */
async function throughput(machine: Machine, domain: string, port: number): Promise<number> {
  await machine.sh(['tee', '/etc/nginx/conf.d/plain.conf'], {
    input:
      'server { listen 80; server_name plain.test; access_log /var/log/nginx/plain.log; location / { proxy_pass ' +
      `http://127.0.0.1:${port}; } }\n`,
  })
  await out(machine, 'systemctl', 'reload', 'nginx')
  await sleep(1000)
  const rates = { panel: [] as number[], plain: [] as number[] }
  const measure = async (host: string) =>
    Number(
      /Requests per second:\s+([\d.]+)/.exec(
        await out(machine, 'ab', '-q', '-n', '8000', '-c', '16', '-H', `Host: ${host}`, 'http://127.0.0.1/'),
      )![1],
    )
  await measure(domain)
  for (let round = 0; round < ROUNDS; round++) {
    rates.plain.push(await measure('plain.test'))
    rates.panel.push(await measure(domain))
  }
  console.log(
    `    requests a second: plain ${median(rates.plain).toFixed(0)}, through the panel's vhost ` +
      `${median(rates.panel).toFixed(0)}`,
  )
  return median(rates.panel) / median(rates.plain)
}

/** Milliseconds of a request to a site that does nothing else. */
const answering = async (machine: Machine, domain: string) =>
  Number(
    /Time per request:\s+([\d.]+) \[ms\] \(mean\)/.exec(
      await out(machine, 'ab', '-q', '-n', '3000', '-c', '1', '-H', `Host: ${domain}`, 'http://127.0.0.1/'),
    )![1],
  )

/** How much longer a site takes while its neighbour floods its log. */
async function besideFlood(machine: Machine, panel: Api): Promise<number> {
  await startExpress(machine, panel, 'flood.test', flood)
  const before = await answering(machine, 'measured.test')
  await out(machine, 'curl', '-s', '-H', 'Host: flood.test', 'http://127.0.0.1/')
  await sleep(6_000)
  const during = await answering(machine, 'measured.test')
  await panel.delete('/sites/flood.test?purge=true')
  return during / before
}

/** Memory of the machine's processes, shared pages counted once (MB): it has no memory of its own to be asked for. */
const held = async (machine: Machine): Promise<number> =>
  Number(
    await out(
      machine,
      'bash',
      '-c',
      "cat /proc/[0-9]*/smaps_rollup 2>/dev/null | awk '/^Pss:/ { sum += $2 } END { print sum * 1024 / 1e6 }'",
    ),
  )

const quiet = async (machine: Machine) => {
  await out(machine, 'systemctl', 'stop', 'hosting-panel-agent.service', 'hosting-panel-supervisor.service')
  await out(machine, 'systemctl', 'restart', 'hosting-panel.service', 'nginx.service')
  await sleep(10_000)
  return held(machine)
}

const machine = await up('bench-apps', { durable: true })
try {
  await install(machine)
  const panel = await api(machine)
  await machine.sh(['tee', '/root/apps.sh'], { input: readFileSync(join(import.meta.dirname, 'apps.sh')) })
  await machine.sh(['chmod', '755', '/root/apps.sh'])
  await panel.post('/node/versions', { version: '24' }, { prefer: 'wait=55' })
  const before = await quiet(machine)
  await panel.get('/sites')

  await startExpress(machine, panel, 'measured.test')
  await startExpress(machine, panel, 'other.test')
  const times = { own: [] as number[], wake: [] as number[], cold: [] as number[] }
  const measure = async (what: keyof typeof times) =>
    times[what].push(Number(await out(machine, '/root/apps.sh', what, 'measured.test')))
  await panel.patch('/sites/other.test/app', { idleMinutes: null })
  for (let round = 0; round < ROUNDS; round++) for (const what of ['own', 'wake'] as const) await measure(what)
  await panel.post('/sites/other.test/app/stop', undefined, { prefer: 'wait=50' })
  for (let round = 0; round < ROUNDS; round++) for (const what of ['own', 'cold'] as const) await measure(what)
  console.log(
    `    own start ${median(times.own)} ms, woken ${median(times.wake)} ms, from nothing ${median(times.cold)} ms`,
  )
  row(
    'waking an Express app, less 100 ms, to its own start',
    ((median(times.wake) - 100) / median(times.own)).toFixed(2),
    'at most 1.25',
  )
  row('the same while no other app runs', ((median(times.cold) - 100) / median(times.own)).toFixed(2), 'at most 1.25')
  row(
    'throughput of a running app, to a plain proxy_pass',
    (await throughput(machine, 'measured.test', (await panel.get('/sites/measured.test/app')).body.port)).toFixed(3),
    'at least 0.97',
  )

  row('a site whose neighbour floods its log, to before', (await besideFlood(machine, panel)).toFixed(2), 'at most 2')

  for (let index = 2; index < ASLEEP; index++) await startExpress(machine, panel, `asleep${index}.test`)
  await panel.post('/sites/other.test/app/start', undefined, { prefer: 'wait=55' })
  await panel.patch('/sites/other.test/app', { idleMinutes: 10 })
  for (const domain of [
    'measured.test',
    'other.test',
    ...Array.from({ length: ASLEEP - 2 }, (_, i) => `asleep${i + 2}.test`),
  ]) {
    const awake = (await panel.get(`/sites/${domain}/app`)).body.state === 'running'
    if (awake)
      await out(
        machine,
        'bash',
        '-c',
        `sed 's/^"\\$1"$//' /root/apps.sh > /root/sleep.sh; . /root/sleep.sh x ${domain}; sleep_now`,
      )
  }
  const states = await Promise.all(
    (await panel.get('/sites')).body.sites.map(
      async ({ domain }: { domain: string }) => (await panel.get(`/sites/${domain}/app`)).body.state,
    ),
  )
  const after = await quiet(machine)
  row(
    `${states.filter((state) => state === 'asleep').length} apps asleep, more than none at all`,
    `${(after - before).toFixed(1)} MB`,
    'at most 10',
  )

  for (let at = ASLEEP; at < MANY; at += 32)
    await Promise.all(
      Array.from({ length: Math.min(32, MANY - at) }, (_, i) =>
        panel.post('/sites', { domain: `many${at + i}.test`, runtime: 'node' }),
      ),
    )
  await sleep(2000)
  const cpu: number[] = []
  const reaper =
    "export TIMEFORMAT='%U %S'; time setpriv --reuid=hosting-panel --regid=hosting-panel --clear-groups " +
    '/opt/hosting-panel/current/node_modules/.bin/node /opt/hosting-panel/current/dist/hooks/reap-idle.js ' +
    '>/dev/null'
  for (let round = 0; round < ROUNDS; round++)
    cpu.push(
      (await machine.sh(['bash', '-c', reaper])).stderr
        .trim()
        .split('\n')
        .at(-1)!
        .split(' ')
        .reduce((sum, each) => sum + Number(each) * 1000, 0),
    )
  row(
    `looking after ${(await panel.get('/sites')).body.sites.length} apps, CPU`,
    `${median(cpu).toFixed(0)} ms`,
    'under 100',
  )
} finally {
  await down('bench-apps')
}
