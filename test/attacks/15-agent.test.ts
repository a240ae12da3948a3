import { beforeAll, expect, it } from 'vitest'
import { askAgent } from '../machine/_agent.ts'
import { output, target, type Target } from './_attack.ts'
import { sideEffects } from './_side-effects.ts'

/**
 * Sends random requests to the agent as fast as it takes them; prints how often each status came. Arguments: how many,
 * a seed.
 */
const fuzz = `
const http = require('node:http')
const [count, seed] = process.argv.slice(1).map(Number)
let state = seed
const random = (below) => (state = (state * 1103515245 + 12345) & 0x7fffffff, state % below)
const pick = (list) => list[random(list.length)]
const words = [
  '', 'x', '../../etc/passwd', '$(touch /tmp/pwned-agent)', '-rf', 'a'.repeat(5000), 'a.test\\n', '\\u0000',
  'example.test', '__proto__', 'constructor', '1e999',
]
const value = (depth) => [
  () => null,
  () => random(2) === 1,
  () => random(1e9) - 5e8,
  () => pick(words),
  () => depth > 3 ? [] : Array.from({ length: random(4) }, () => value(depth + 1)),
  () => depth > 3 ? {} : Object.fromEntries(Array.from({ length: random(5) }, () => [pick(keys), value(depth + 1)])),
][random(6)]()
const keys = [
  'desired', 'ensure', 'spec', 'domain', 'server', 'serverName', 'resolvers', 'sites', 'removeOrphans', 'version',
  'domains', 'files', 'bans', 'firewall', 'rules', 'enabled', 'client', 'confirm', 'address', 'jail', 'database',
  'name', 'users', 'gone', 'dump', 'task', 'charset', 'from', 'copy', 'pipe', 'compression', '__proto__',
  'constructor', 'toString', 'x',
]
const operations = [
  'sites.plan', 'sites.apply', 'sites.usage', 'server.drift', 'server.converge', 'php.install', 'php.remove',
  'php.sleep', 'node.install', 'node.remove', 'node.prune', 'bans.apply', 'bans.ban', 'bans.unban', 'firewall.apply',
  'firewall.plan', 'databases.plan', 'databases.apply', 'databases.remove', 'databases.import', 'databases.export',
  'databases.stream', 'databases.endQuery', 'health2', '', '../health', '__proto__', 'constructor', 'toString',
  'exec', 'clock.follow', 'sites.apply?x', 'a'.repeat(2000),
]
const bodies = [
  () => JSON.stringify(value(0)),
  () => JSON.stringify(Object.fromEntries(keys.slice(0, 1 + random(8)).map((key) => [key, value(1)]))),
  () => Buffer.from(Array.from({ length: random(200) }, () => random(256))),
  () => '{',
  () => '['.repeat(random(2000)),
  () => '',
]
const methods = ['POST', 'POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE']
const agent = new http.Agent({ keepAlive: true, maxSockets: 32 })
const seen = {}
const ask = () => new Promise((resolve) => {
  const body = pick(bodies)()
  const [method, path] = [pick(methods), '/' + encodeURI(pick(operations))]
  const request = http.request({ socketPath: '/run/hosting-panel/agent.sock', agent, method, path }, (response) => {
    let text = ''
    response.on('data', (part) => (text += part)).on('end', () => {
      const done = text.includes('"error"') ? 'refused later' : 'done ' + text.slice(0, 200)
      const key = response.statusCode === 200 ? done : response.statusCode
      seen[key] = (seen[key] || 0) + 1
      resolve()
    })
  })
  request.on('error', (error) => { seen[error.code] = (seen[error.code] || 0) + 1; resolve() })
  request.end(body)
})
let left = count
const worker = async () => { while (left-- > 0) await ask() }
Promise.all(Array.from({ length: 32 }, worker)).then(() => { console.log(JSON.stringify(seen)); process.exit() })
`

let on: Target
beforeAll(async () => {
  on = await target()
})

const asPanel = (count: number, seed: number) =>
  output(
    on.machine,
    'setpriv',
    '--reuid=hosting-panel',
    '--regid=hosting-panel',
    '--clear-groups',
    '/opt/hosting-panel/current/node_modules/.bin/node',
    '-e',
    fuzz,
    '--',
    String(count),
    String(seed),
  )
const agent = async () => {
  await on.panel.get('/health')
  const pid = await output(on.machine, 'systemctl', 'show', '-P', 'MainPID', 'hosting-panel-agent.service')
  return { pid, memory: Number(/VmRSS:\s+(\d+)/.exec(await output(on.machine, 'cat', `/proc/${pid}/status`))![1]) }
}

/** Malformed requests: a hundred thousand in a soak. */
const COUNT = Number(process.env.HOSTING_PANEL_FUZZ ?? 1_000) * 10

it('malformed requests: no crash, no effect, no growth', async () => {
  await asPanel(2_000, 7)
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  const [before, effects] = [await agent(), await sideEffects(on.machine)]
  const seed = Date.now() % 1_000_000
  const seen = JSON.parse(await asPanel(COUNT, seed)) as Record<string, number>
  expect(Object.values(seen).reduce((sum, count) => sum + count, 0)).toBe(COUNT)
  expect(
    Object.keys(seen).filter((status) => !['400', '404', '413', '422', '431', 'ECONNRESET', 'EPIPE'].includes(status)),
    `seed ${seed}: ${JSON.stringify(seen)}`,
  ).toEqual([])
  // Garbage goes once the agent has nothing to do.
  await expect.poll(async () => (await agent()).memory - before.memory, { interval: 1_000 }).toBeLessThan(20_000)
  expect((await agent()).pid).toBe(before.pid)
  expect(await sideEffects(on.machine)).toBe(effects)
}, 900_000)

it('one valid request is taken, and one with an effect would be seen (control)', async () => {
  expect(await askAgent(on.machine, 'health', {})).toContain('"result"')
  const before = await sideEffects(on.machine)
  expect((await on.panel.post('/sites', { domain: 'seen.test', runtime: 'static' })).status).toBe(201)
  expect(await sideEffects(on.machine)).not.toBe(before)
  await on.panel.delete('/sites/seen.test?purge=true')
})
