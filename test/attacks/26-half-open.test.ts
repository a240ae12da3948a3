import { spawn, type ChildProcess } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect, connectIPv6, disconnect, elsewhere } from '../machine/network.ts'
import { request, site } from '../machine/http.ts'
import { output, target, type Target } from './_attack.ts'

const domain = 'held.test'
const CONNECTIONS = 4000

/** Holds connections whose requests never come whole, and opens those anew that are closed; 40 seconds at most. */
const attacker = `
const [address, port, count, ...from] = process.argv.slice(1)
const { connect } = require('node:net')
let open = 0, failed = 0
const hold = () => {
  let established = false
  // A request without its end, or the beginning of TLS.
  const beginning = port === '80' ? 'GET / HTTP/1.1\\r\\nHost: ${domain}\\r\\nX-Slow: ' : Buffer.from([22, 3, 1, 2, 0])
  const localAddress = from[Math.floor(Math.random() * from.length)]
  const socket = connect({ port: Number(port), host: address, localAddress }, () => {
    established = true; open++; socket.write(beginning)
  })
  socket.on('error', () => {}).on('close', () => { if (established) open--; else failed++; setTimeout(hold, 10_000) })
}
for (let index = 0; index < Number(count); index++) setTimeout(hold, index / 4)
setInterval(() => console.log(JSON.stringify({ open, failed })), 200)
setTimeout(() => process.exit(0), 40_000)
`

let on: Target
let sixth: { address: string; others: string[] }
const attacking = new Set<ChildProcess>()
const network = () => elsewhere(on.machine.state.network, 26)

beforeAll(async () => {
  on = await target()
  await disconnect(network())
  await connect(network())
  sixth = await connectIPv6(on.machine.state.network, network())
  expect((await on.panel.post('/sites', { domain, runtime: 'static' })).status).toBe(201)
})
afterAll(async () => {
  for (const child of attacking) child.kill()
  await disconnect(network())
  await on.panel.delete(`/sites/${domain}?purge=true`)
})

/** Begins an attack on a port; answers once it has opened what it could, with how many that are. */
async function attack(
  port: number,
  most = CONNECTIONS * 0.95,
  address = on.machine.address,
  from: readonly string[] = [],
): Promise<{ open: () => number; end: () => Promise<void> }> {
  const child = spawn('ip', [
    'netns',
    'exec',
    network().namespace,
    'sh',
    '-c',
    'ulimit -n 16384; exec "$@"',
    'sh',
    process.execPath,
    '-e',
    attacker,
    address,
    String(port),
    String(CONNECTIONS),
    ...from,
  ])
  attacking.add(child)
  let told = { open: 0, failed: 0 }
  child.stdout.on('data', (data: Buffer) => {
    const line = data.toString().trim().split('\n').at(-1)
    if (line) told = JSON.parse(line) as typeof told
  })
  await expect.poll(() => told.open + told.failed, { timeout: 20_000 }).toBeGreaterThanOrEqual(most)
  return {
    open: () => told.open,
    end: () =>
      new Promise((resolve) => {
        child.once('close', () => resolve())
        child.kill()
      }),
  }
}

/** The median of requests one after the other (ms). */
async function median(ask: () => Promise<{ status: number }>): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 31; round++) {
    const began = performance.now()
    expect((await ask()).status).toBe(200)
    times.push(performance.now() - began)
  }
  return times.sort((a, b) => a - b)[15]!
}

const visit = () => site(on.machine, domain)
const administer = () => on.panel.get('/session')

it.each([
  ['the sites', 80],
  ['the panel', 8080],
])(
  '4,000 half-open connections to %s leave others as quick as before',
  async (_, port) => {
    const before = [await median(visit), await median(administer)]
    const { open, end } = await attack(port)
    expect(open(), 'one address has its share').toBeLessThan(CONNECTIONS * 0.75)
    expect(open(), 'and no less').toBeGreaterThan(200)
    const during = [await median(visit), await median(administer)]
    await end()
    for (const [index, time] of during.entries()) expect(time).toBeLessThan(2 * Math.max(before[index]!, 5))
  },
  90_000,
)

it.each([
  ['the sites', 80, visit],
  ['the panel', 8080, administer],
])(
  'all addresses of an IPv6 network have one share of the connections to %s',
  async (_, port, ask) => {
    const { open, end } = await attack(port, undefined, sixth.address, sixth.others)
    expect(open()).toBeLessThan(CONNECTIONS * 0.75)
    expect(open(), 'and no less').toBeGreaterThan(200)
    expect((await ask()).status, 'others are served').toBe(200)
    await end()
  },
  90_000,
)

it('with the distribution’s connections and no limits, others get no answer (control)', async () => {
  const original = await output(on.machine, 'grep', '-oE', 'worker_connections [0-9]+', '/etc/nginx/nginx.conf')
  const workers = Number(await output(on.machine, 'pgrep', '-c', '-f', 'nginx: worker process$'))
  const running = async () => (await output(on.machine, 'pgrep', '-f', 'nginx: worker process$')).split('\n')
  /** Workers of before would hold more than the new ones. */
  const become = async (number: string) => {
    const before = await running()
    await output(
      on.machine,
      'sh',
      '-c',
      `sed -i 's/worker_connections [0-9]*/${number}/' /etc/nginx/nginx.conf && nginx -s reload`,
    )
    await expect
      .poll(async () => (await running()).filter((pid) => before.includes(pid)), { timeout: 30_000 })
      .toEqual([])
  }
  await output(on.machine, 'nft', 'delete', 'table', 'inet', 'hosting_panel_limits')
  await become('worker_connections 768')
  try {
    // As many as its workers hold; what comes after waits for its turn.
    const { end } = await attack(80, Math.min(768 * workers, CONNECTIONS) * 0.95)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        Promise.race([
          request(`http://${on.machine.address}/`, { headers: { host: domain } }).then(
            ({ status }) => status,
            () => 0,
          ),
          new Promise<number>((resolve) => setTimeout(() => resolve(0), 3000)),
        ]),
      ),
    )
    await end()
    expect(answers.filter((status) => status !== 200).length, 'some find no connection free').toBeGreaterThan(0)
  } finally {
    await become(original)
    await output(on.machine, 'nft', '--file', '/etc/hosting-panel/limits.nft')
  }
  await expect
    .poll(
      () =>
        visit().then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 30_000 },
    )
    .toBe(200)
}, 90_000)
