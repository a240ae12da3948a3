import { createServer, type Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { signInAs } from '../attacks/_attack.ts'
import { provideNode } from '../machine/apps/_tiny.ts'
import { handmade } from '../machine/certificates/_authority.ts'
import { api, type Api } from '../machine/http.ts'
import { within, type Machine } from '../machine/machine.ts'
import { createRandom, runSeed } from '../machine/random.ts'
import { output } from '../machine/sites/_helpers.ts'
import { ownName, showJournalOnFailure, useMachine } from '../machine/use-machine.ts'
import { administratorChanges } from './_administrator-changes.ts'
import { changes, type Change, type Ground } from './_changes.ts'
import { newClient, type Client, type Met } from './_client.ts'
import { grown, sizes, type Size } from './_growth.ts'
import { fillAtRandom, killAtRandom, moveToSmallDisk } from './_harm.ts'
import { faultsOf, lastingFaults } from './_whole.ts'

const MINUTES = Number(process.env.HOSTING_PANEL_SOAK_MINUTES ?? 10)
const PASSWORD = 'a long password for chaos'
/** Apps and PHP sleep, and the agent and the supervisor end, after an idle minute: then what is left is what stays. */
const QUIET_MS = 75_000

const seed = runSeed('chaos')
const met: Met = { calls: 0, codes: {}, faults: [] }
let machine: Machine
let panel: Api
let upstream: Server
let clients: Client[]
let ground: Ground
let before: Record<string, Size>

/** A server beyond the machine, where proxy sites lead. */
async function startUpstream(): Promise<string> {
  upstream = createServer((_request, response) => response.end('upstream'))
  await new Promise<void>((resolve) => upstream.listen(0, machine.state.network.gateway, resolve))
  return `http://${machine.state.network.gateway}:${(upstream.address() as { port: number }).port}`
}

async function newCustomer(name: string): Promise<{ cookie: string; token: string }> {
  expect((await panel.post('/users', { username: name, password: PASSWORD })).status).toBe(201)
  const own = await signInAs(machine, name, PASSWORD)
  const scopes = [
    'sites:read',
    'sites:write',
    'databases:read',
    'databases:write',
    'jobs:read',
    'jobs:write',
    'php:read',
    'node:read',
    'tokens:read',
    'tokens:write',
  ]
  const { body } = await own.post('/tokens', { name: 'Chaos', scopes })
  return { cookie: own.cookie, token: body.secret as string }
}

beforeAll(async () => {
  machine = await useMachine(ownName('chaos'))
  panel = await api(machine)
  await provideNode(panel)
  await moveToSmallDisk(machine)
  await within(
    120,
    'the services',
    async () => (await panel.get('/health').catch(() => null))?.body.status === 'ok' || undefined,
  )
  const certificates: Ground['certificates'] = {}
  for (const zone of ['c1.test', 'c2.test', 'c3.test', 'ad.test'])
    certificates[zone] = await handmade(machine, `*.${zone}`, 90)
  ground = { machine, upstream: await startUpstream(), certificates }
  const [first, second, third, chief] = [
    await newCustomer('first'),
    await newCustomer('second'),
    await newCustomer('third'),
    await signInAs(machine, 'admin', 'correct horse battery'),
  ]
  const random = (name: string) => createRandom(`${seed} ${name}`)
  clients = [
    newClient(
      machine,
      met,
      { name: 'first', zone: 'c1.test', role: 'user', random: random('first') },
      { cookie: first.cookie },
    ),
    newClient(
      machine,
      met,
      { name: 'second', zone: 'c2.test', role: 'user', random: random('second') },
      { cookie: second.cookie },
    ),
    newClient(
      machine,
      met,
      { name: 'token', zone: 'c3.test', role: 'user', random: random('token') },
      { token: third.token },
    ),
    newClient(
      machine,
      met,
      { name: 'administrator', zone: 'ad.test', role: 'admin', random: random('administrator') },
      { cookie: chief.cookie },
    ),
  ]
}, 900_000)
afterAll(() => upstream?.close())
beforeEach(() => showJournalOnFailure(machine))

/** Changes things at random, one after the other, until `isOver`. */
async function changeAtRandom(client: Client, kinds: Record<string, Change>, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await kinds[client.random.pick(Object.keys(kinds))]!(client)
    await sleep(client.random.below(300))
  }
}

async function allChange(seconds: number): Promise<Promise<unknown>[]> {
  const end = Date.now() + seconds * 1000
  const kinds = changes(ground)
  return clients.map((client) =>
    changeAtRandom(
      client,
      client.role === 'admin' ? { ...kinds, ...administratorChanges } : kinds,
      () => Date.now() > end,
    ),
  )
}

it(
  'changes of every kind, by four at once, are all answered well while nothing is harmed',
  async () => {
    await Promise.all(await allChange(MINUTES * 12))
    process.stdout.write(`chaos: ${met.calls} calls without harm: ${JSON.stringify(met.codes)}\n`)
    expect(met.faults.join('\n')).toBe('')
    expect(Object.keys(met.codes)).not.toContain('cut off')
    expect(await lastingFaults(machine, panel)).toEqual([])
    await sleep(QUIET_MS)
    before = await sizes(machine)
  },
  MINUTES * 60_000 + 900_000,
)

it(
  'and with every daemon killed at random, and the disk full now and then, no answer is another than documented',
  async () => {
    const end = Date.now() + MINUTES * 60_000
    const isOver = () => Date.now() > end
    met.codes = {}
    const [killed, filled] = await Promise.all([
      killAtRandom(machine, createRandom(`${seed} kills`), isOver),
      fillAtRandom(machine, createRandom(`${seed} disk`), isOver),
      ...(await allChange(MINUTES * 60)),
    ])
    process.stdout.write(
      `chaos: ${met.calls} calls: ${JSON.stringify(met.codes)}\nchaos: killed ${JSON.stringify(killed)}, ` +
        `filled the disk ${filled as number} times\n`,
    )
    expect(Object.keys(killed as object).length).toBeGreaterThan(Math.min(5, MINUTES * 3))
    expect(met.faults.join('\n')).toBe('')
  },
  MINUTES * 60_000 + 900_000,
)

describe('after it', () => {
  it('all is whole: drift, sites, accounts, vhosts, pools, sockets, Redis, databases, jobs, units, files', async () => {
    expect(await lastingFaults(machine, panel, 300)).toEqual([])
  }, 600_000)

  it('the store has what clients were told is there, and nothing that they were told is gone', async () => {
    const sites = ((await panel.get('/sites')).body.sites as { domain: string }[]).map(({ domain }) => domain)
    const databases = ((await panel.get('/databases')).body as { name: string }[]).map(({ name }) => name)
    const there = new Set([...sites, ...databases])
    const lies = clients
      .flatMap(({ told }) => [...told])
      .filter(([thing, state]) => state !== 'unknown' && there.has(thing) !== (state === 'there'))
    expect(lies).toEqual([])
  })

  it('memory and descriptors have not grown', async () => {
    await sleep(QUIET_MS)
    const after = await sizes(machine)
    process.stdout.write(`chaos: sizes before ${JSON.stringify(before)}, after ${JSON.stringify(after)}\n`)
    expect(grown(before, after)).toEqual([])
  }, 300_000)

  it('and what is done by hand is seen by the same look (control)', async () => {
    await output(
      machine,
      'sh',
      '-c',
      'touch /etc/nginx/.half-written; useradd --system s-stray-test-00000000; ' +
        'mkdir /var/www/stray.test; mariadb -e "CREATE DATABASE stray"; systemctl stop fail2ban',
    )
    const faults = (await faultsOf(machine, panel)).join('\n')
    for (const word of [
      'left over: /etc/nginx/.half-written',
      'accounts: s-stray-test-00000000 is left over',
      'homes: stray.test',
      'databases: stray is left over',
      'fail2ban does not run',
    ])
      expect(faults).toContain(word)
  }, 120_000)
})
