import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { directory } from '../machine/_state.ts'
import { appJob, provideNode, tinySite } from '../machine/apps/_tiny.ts'
import { upWithCommit } from '../machine/commit.ts'
import { install, journal } from '../machine/deploy.ts'
import { api } from '../machine/http.ts'
import { down, up, type Machine } from '../machine/machine.ts'
import { median } from './_table.ts'

const usage = `npm run bench:compare -- COMMIT [--rounds 7]

Installs the panel of COMMIT and the panel of this checkout on a machine each, and measures both in turns:
what takes longer now, and by how much.`

/** Requests that one measurement sends, over so many connections; all rounds of one session stay below its limit. */
const REQUESTS = 2_000
const REQUESTS_OF_SESSION = 300
const CONNECTIONS = 4

interface Side {
  machine: Machine
  cookie: string
}

/** Runs a command inside that must succeed; answers what it printed. */
async function out({ machine }: Side, ...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await machine.sh(argv)
  if (code !== 0) throw new Error(`${machine.name}: ${argv.join(' ')}: ${stderr}\n${await journal(machine)}`)
  return stdout.trim()
}

/** Milliseconds a request, the mean of many. */
async function request(side: Side, count: number, ...argv: string[]): Promise<number> {
  const said = await out(side, 'ab', '-q', '-n', String(count), '-c', String(CONNECTIONS), ...argv)
  if (/Non-2xx responses/.test(said)) throw new Error(`not every answer was good:\n${said}`)
  return Number(/Time per request:\s+([\d.]+) \[ms\] \(mean, across/.exec(said)![1])
}

/** Every row: its name, and what measures it once (ms). */
const rows: [name: string, measure: (side: Side) => Promise<number>][] = [
  [
    'creating a PHP site',
    async (side) => {
      const taken = Number(await out(side, '/root/panel.sh', 'create', 'measured.test', side.cookie))
      await out(side, '/root/panel.sh', 'delete', 'measured.test', side.cookie)
      return taken
    },
  ],
  [
    'a request with a session',
    (side) => request(side, REQUESTS_OF_SESSION, '-k', '-C', side.cookie, 'https://127.0.0.1:8080/api/session'),
  ],
  ['a PHP request', (side) => request(side, REQUESTS, '-H', 'Host: php.test', 'http://127.0.0.1/hello.php')],
  ['a static request', (side) => request(side, REQUESTS, '-H', 'Host: php.test', 'http://127.0.0.1/hello.txt')],
  ['waking an app', async (side) => Number(await out(side, '/root/apps.sh', 'wake', 'app.test'))],
]

/** Makes the things that the rows measure: a PHP site, an app, and the scripts. */
async function prepare(machine: Machine): Promise<Side> {
  const panel = await api(machine)
  for (const script of ['panel.sh', 'apps.sh']) {
    await machine.sh(['tee', `/root/${script}`], { input: readFileSync(join(import.meta.dirname, script)) })
    await machine.sh(['chmod', '755', `/root/${script}`])
  }
  const { body } = await panel.post('/sites', { domain: 'php.test', runtime: 'php' })
  await machine.sh(['tee', `${body.root}/hello.php`], { input: '<?php echo "hello";' })
  await machine.sh(['tee', `${body.root}/hello.txt`], { input: 'hello'.repeat(200) })
  await provideNode(panel)
  await tinySite(machine, panel, 'app.test')
  const job = await appJob(panel, 'app.test', 'start')
  if (job.state !== 'done') throw new Error(JSON.stringify(job))
  return { machine, cookie: readFileSync(join(directory(machine.name), 'session'), 'utf8') }
}

async function ofCheckout(name: string): Promise<Machine> {
  const machine = await up(name, { durable: true })
  await install(machine)
  return machine
}

/** Waits until nothing else is at work here: neither what the machines began as they started, nor other programs. */
async function quiet(): Promise<void> {
  while (loadavg()[0]! > 0.5) await sleep(5_000)
}

async function compare(before: Side, after: Side, rounds: number): Promise<void> {
  console.log(`${''.padEnd(28)}${'before'.padStart(10)}${'after'.padStart(10)}${'ratio'.padStart(8)}`)
  for (const [name, measure] of rows) {
    const times: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      // In turns, and with a pause: the side that comes second would pay for what the first one has left to do.
      for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        await sleep(1_000)
        times[which].push(await measure(which === 0 ? before : after))
      }
    }
    const [old, now] = times.map(median) as [number, number]
    const cells = [old.toFixed(2).padStart(10), now.toFixed(2).padStart(10), (now / old).toFixed(3).padStart(8)]
    console.log(name.padEnd(28) + cells.join(''))
  }
}

const {
  values,
  positionals: [commit],
} = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string' } } })
if (!commit) {
  console.error(usage)
  process.exit(2)
}
try {
  const before = await prepare(await upWithCommit('compare-before', commit))
  const after = await prepare(await ofCheckout('compare-after'))
  await quiet()
  await compare(before, after, Number(values.rounds ?? 7))
} finally {
  await down('compare-before')
  await down('compare-after')
}
