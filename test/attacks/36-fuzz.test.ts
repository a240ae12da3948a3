import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toNodeHandler } from 'h3'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { object, optional, string } from 'valibot'
import { createApp } from '../../lib/panel/app.ts'
import type { Context } from '../../lib/panel/http/context.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'
import type { Api } from '../machine/http.ts'
import { within } from '../machine/machine.ts'
import { createRandom, runSeed } from '../machine/random.ts'
import { failedUnits } from '../machine/units.ts'
import { showJournalOnFailure } from '../machine/use-machine.ts'
import {
  deleteCounters,
  newUser,
  output,
  panelUrl,
  sharedCookie,
  target,
  type Operation,
  type Target,
} from './_attack.ts'
import { sideEffects } from './_side-effects.ts'
import { fuzzed } from './_fuzz.ts'
import { flood, newSender, type Tally } from './_judge.ts'
import { known, onlyPlanned } from './_known.ts'

/** Inputs that each of the four callers sends: a few hundred in the usual run, ten thousand in test/soak.sh. */
const COUNT = Number(process.env.HOSTING_PANEL_FUZZ ?? 300)

/**
 * Without what changes with every change, also one that was taken back: times of directories, and nginx's generation.
 */
const lasting = (text: string): string =>
  text.replaceAll(/ [A-Z][a-z]{2} +\d+ [\d:]{4,5} /g, ' ').replace(/^.*hosting-panel-generation\.conf\n/m, '')

let on: Target
let before: string
let customer: Api & { cookie: string }
let token: string
const seed = runSeed('fuzz')

beforeAll(async () => {
  on = await target()
  // A hook that failed while an earlier test killed the agent is no effect of these.
  await output(on.machine, 'systemctl', 'reset-failed')
  before = lasting(await sideEffects(on.machine))
  customer = await newUser(on, 'fuzzer')
  await on.panel.patch('/users/fuzzer', { limits: { sites: 12, databases: 12 } })
  for (const site of [
    { domain: 'fuzz.test', runtime: 'php' },
    { domain: 'fuzz-app.test', runtime: 'node' },
  ]) {
    expect((await customer.post('/sites', site)).status).toBe(201)
  }
  expect((await customer.post('/databases', { name: 'fuzz_db', site: 'fuzz.test', user: 'fuzz_db' })).status).toBe(201)
  const scopes = [...new Set(on.operations.map(({ scope }) => scope))].filter((scope) => scope?.includes(':'))
  const allowed = []
  for (const scope of scopes)
    if ((await customer.post('/tokens', { name: 'Scope', scopes: [scope] })).status === 201) allowed.push(scope)
  token = (await customer.post('/tokens', { name: 'Fuzz', scopes: allowed })).body.secret
}, 300_000)
beforeEach(() => showJournalOnFailure(on.machine))

/** Limits of calls are counted in the panel's memory: begun anew, it lets the next ten thousand in at once. */
async function resetLimits(): Promise<void> {
  await deleteCounters(on.machine)
  await output(on.machine, 'systemctl', 'restart', 'hosting-panel.service')
  await within(
    90,
    'the panel',
    async () => (await on.panel.get('/health').catch(() => null))?.status === 200 || undefined,
  )
}

const floodAs = (
  who: string,
  headers: Record<string, string>,
  isReal: (operation: Operation) => boolean,
): Promise<Tally> =>
  flood(
    newSender(panelUrl(on.machine), headers),
    (at) => fuzzed(on.operations, known, createRandom(`${seed} ${who} ${at}`), isReal),
    COUNT,
    resetLimits,
  )

const isFree = ({ name }: Operation): boolean => !(name in onlyPlanned)
const enough = COUNT * 1_000 + 300_000

it('every operation that is only planned is there, so the list tells of no ghosts', () => {
  const names = new Set(on.operations.map(({ name }) => name))
  expect(Object.keys(onlyPlanned).filter((name) => !names.has(name))).toEqual([])
})

describe.each([
  ['a stranger', () => ({}), () => true],
  ['a customer', () => ({ cookie: customer.cookie }), isFree],
  ['a token', () => ({ authorization: `Bearer ${token}` }), isFree],
  ['an administrator', () => ({ cookie: sharedCookie(on.machine) }), () => false],
])('whatever %s sends', (who, headers, isReal) => {
  it(
    'is answered as it should be, and never with a fault of the panel',
    async () => {
      const { sent, statuses, faults } = await floodAs(who, headers(), isReal)
      process.stdout.write(`fuzz: ${who} sent ${sent}: ${JSON.stringify(statuses)}\n`)
      expect(faults.join('\n')).toBe('')
      expect(sent).toBe(COUNT)
      if (who !== 'a stranger')
        expect(statuses[200], 'some inputs are good enough to reach the work').toBeGreaterThan(COUNT / 20)
    },
    enough,
  )
})

it('afterwards the machine is as it was, but for what the customer made, and that goes with them', async () => {
  await deleteCounters(on.machine)
  expect((await on.panel.get('/drift')).body.changes).toEqual([])
  const sites = (await customer.get('/sites')).body.sites as { domain: string }[]
  for (const { domain } of sites) expect((await on.panel.delete(`/sites/${domain}?purge=true`)).status).toBe(200)
  const databases = (await customer.get('/databases')).body as { name: string }[]
  for (const { name } of databases)
    expect((await on.panel.delete(`/databases/${name}?dump=false`, { prefer: 'wait=120' })).body.state).toBe('done')
  const dumps = (await customer.get('/dumps')).body as { id: string }[]
  for (const { id } of dumps) expect((await on.panel.delete(`/dumps/${id}`)).status).toBe(204)
  expect((await on.panel.delete('/users/fuzzer')).status).toBe(204)
  expect(lasting(await sideEffects(on.machine))).toBe(before)
  expect(await failedUnits(on.machine)).toEqual([])
}, 300_000)

it('a function that throws, and one that answers no JSON, are noticed by the same inputs (control)', async () => {
  const broken = defineFunction({
    summary: 'Break',
    access: 'public',
    query: object({ text: optional(string(), '') }),
    returns: object({ length: string() }),
    // A lone surrogate is no URI: encodeURIComponent throws.
    run: ({ query }) => ({ length: encodeURIComponent(query.text.length > 20 ? '\ud800' : query.text) }),
  })
  // Errors of a function go to the panel's log.
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  const app = createApp({} as Context, { 'GET /api/broken': broken }, () => '192.0.2.1')
  const handler = toNodeHandler(app)
  const server = createServer((request, response) =>
    request.url?.includes('%00')
      ? response.writeHead(400, { 'content-type': 'text/html' }).end('<h1>400</h1>')
      : void handler(request, response),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const operation: Operation = {
    ...on.operations.find(({ name }) => name === 'GET /api/health')!,
    name: 'GET /api/broken',
    path: '/api/broken',
    parameters: [{ name: 'text', in: 'query', schema: { type: 'string' } }],
    answers: { 200: { 'application/json': { schema: { type: 'object', required: ['length'] } } } },
  }
  const { faults } = await flood(
    newSender(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    (at) => fuzzed([operation], known, createRandom(`control ${at}`), () => true),
    300,
    async () => {},
  )
  server.close()
  expect(log).toHaveBeenCalled()
  log.mockRestore()
  expect(faults.filter((fault) => fault.includes('answers 500')).length).toBeGreaterThan(0)
  expect(faults.filter((fault) => fault.includes('400 as text/html')).length).toBeGreaterThan(0)
})

it('the same seed gives the same inputs, and another one others (control)', () => {
  const inputs = (start: string) =>
    Array.from({ length: 50 }, (_, at) => fuzzed(on.operations, known, createRandom(`${start} ${at}`), isFree)).map(
      ({ path, body }) => `${path} ${body?.toString() ?? ''}`,
    )
  expect(inputs('one')).toEqual(inputs('one'))
  expect(inputs('one')).not.toEqual(inputs('other'))
})

// The tests to come call from this address too.
afterAll(resetLimits, 120_000)
