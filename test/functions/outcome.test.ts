import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { connectAgent } from '../../lib/panel/clients/agent.ts'
import { operations, type Agent, type Operations, type Parsed } from '../../lib/model/protocol/agent.ts'
import { PanelError } from '../../lib/model/errors.ts'
import { newDeadline } from '../../lib/model/protocol/deadline.ts'
import { createRpcServer } from '../../lib/rpc/server.ts'
import type { Implementations } from '../../lib/model/protocol/define.ts'
import type { Progress } from '../../lib/model/protocol/messages.ts'
import { caller } from '../../lib/model/protocol/caller.ts'
import { findSite } from '../../lib/panel/store/sites.ts'
import { fakeAgent } from './_agent.ts'
import { openPanel } from './_harness.ts'

type DesiredSite = Parsed<'sites.apply'>['desired']
const domainOf = (desired: DesiredSite) => (desired.ensure === 'present' ? desired.spec.domain : desired.domain)
const ANSWER_TIMEOUT_MS = 300

/** A root process whose every operation is answered by a fake agent. */
const implementationsOf = (agent: Agent) =>
  Object.fromEntries(
    (Object.keys(operations) as (keyof Operations)[]).map((operation) => [
      operation,
      (input: never, onProgress: (progress: Progress) => void, gone: AbortSignal) =>
        agent.call(operation, input, onProgress, gone),
    ]),
  ) as unknown as Implementations<Operations>

/** A panel and a machine behind a real socket, whose agent may be silent, die or refuse. */
async function withMachine() {
  const directory = mkdtempSync(join(tmpdir(), 'hosting-panel-rpc-'))
  const path = join(directory, 'agent.sock')
  const machine = {
    sites: new Set<string>(),
    applied: 0,
    callers: [] as unknown[],
    before: (): unknown => undefined,
    after: (): unknown => undefined,
    silent: false,
  }
  const agent = fakeAgent({
    'sites.plan': ({ desired }) => ({
      changes:
        machine.sites.has(domainOf(desired)) === (desired.ensure === 'present')
          ? []
          : [{ action: 'create', kind: 'file', name: 'x', summary: 'x' }],
    }),
    async 'sites.apply'({ desired }) {
      machine.callers.push(caller()?.name)
      machine.applied++
      await machine.before()
      if (desired.ensure === 'present') machine.sites.add(domainOf(desired))
      else machine.sites.delete(domainOf(desired))
      await machine.after()
      return { changes: [] }
    },
  })
  const rpc = createRpcServer(operations, implementationsOf(agent), () => {})
  // As the kernel does for a process that is stopped: connections are taken, requests lie there until it goes on.
  const held: (() => void)[] = []
  const server = createServer((message, response) => {
    const take = () => rpc.emit('request', message, response)
    if (machine.silent) held.push(take)
    else take()
  }).listen(path)
  const panel = await openPanel()
  panel.ctx.agent = connectAgent(path, 0, ANSWER_TIMEOUT_MS)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
    rmSync(directory, { recursive: true })
  })
  await panel.signIn()
  const goOn = () => {
    machine.silent = false
    held.splice(0).forEach((take) => take())
  }
  const die = () => {
    server.closeAllConnections()
    return new Promise<never>(() => {})
  }
  const create = () => panel.call('POST /api/sites', { body: { domain: 'a.test', runtime: 'static' } })
  const stateOf = async () =>
    (await panel.call('GET /api/sites/{site}', { path: '/api/sites/a.test' })).body.state as string
  return { panel, machine, path, goOn, die, create, stateOf }
}

const onceThen = (first: () => unknown, then: () => unknown = () => undefined) => {
  let calls = 0
  return () => (calls++ === 0 ? first() : then())
}

it('an agent that takes nothing up: it is told that nobody knows, and is done when it answers again', async () => {
  const { machine, create, goOn, stateOf, panel } = await withMachine()
  machine.silent = true
  const { status, body } = await create()
  expect([status, body.code]).toEqual([503, 'outcome_unknown'])
  expect(body.message).not.toMatch(/nothing was/)
  expect(await stateOf()).toBe('applying')
  expect((await panel.call('DELETE /api/sites/{site}', { path: '/api/sites/a.test' })).body.code).toBe('site_busy')
  expect(machine.applied).toBe(0)
  goOn()
  await expect.poll(stateOf).toBe('active')
  expect([machine.sites.has('a.test'), machine.applied], 'and the request that came too late was refused').toEqual([
    true,
    1,
  ])
})

it('a refusal that comes when it is asked again takes the site back', async () => {
  const { machine, create, goOn, panel } = await withMachine()
  machine.silent = true
  machine.before = () => Promise.reject(new PanelError('nginx_check_failed', 422, 'no'))
  expect((await create()).body.code).toBe('outcome_unknown')
  goOn()
  await expect.poll(() => findSite(panel.ctx.db, 'a.test')).toBeNull()
  expect([...machine.sites]).toEqual([])
})

it('one that dies after it was done is asked again, and says so', async () => {
  const { machine, create, die, stateOf } = await withMachine()
  machine.after = onceThen(die)
  expect((await create()).status).toBe(201)
  expect([await stateOf(), machine.applied, machine.sites.has('a.test')]).toEqual(['active', 2, true])
})

it('one that dies each time: what there is decides', async () => {
  const { machine, create, die, panel, stateOf } = await withMachine()
  machine.before = die
  expect((await create()).body.code).toBe('agent_lost')
  expect([findSite(panel.ctx.db, 'a.test'), machine.sites.has('a.test')]).toEqual([null, false])
  machine.before = () => undefined
  machine.after = die
  expect((await create()).status, 'it was done before it died').toBe(201)
  expect([await stateOf(), machine.sites.has('a.test')]).toEqual(['active', true])
})

it('one that dies and does not come back: nothing is taken back before it is known', async () => {
  const { machine, create, die, goOn, stateOf } = await withMachine()
  machine.after = onceThen(() => {
    machine.silent = true
    return die()
  })
  expect((await create()).body.code).toBe('outcome_unknown')
  expect([await stateOf(), machine.sites.has('a.test')]).toEqual(['applying', true])
  goOn()
  await expect.poll(stateOf).toBe('active')
})

it('work that was taken may take as long as it needs; it knows on whose behalf it is done', async () => {
  const { machine, create } = await withMachine()
  machine.before = () => new Promise((resolve) => setTimeout(resolve, 3 * ANSWER_TIMEOUT_MS))
  expect((await create()).status).toBe(201)
  expect(machine.callers).toEqual(['admin'])
})

it('settings whose outcome nobody knows are not overtaken by others', async () => {
  const { panel, machine, goOn } = await withMachine()
  machine.silent = true
  const change = (resolvers: string[]) => panel.call('PATCH /api/settings', { body: { resolvers } })
  expect((await change(['192.0.2.1'])).body.code).toBe('outcome_unknown')
  expect(await change(['192.0.2.2'])).toMatchObject({ status: 409, body: { code: 'change_pending' } })
  goOn()
  await expect.poll(async () => (await panel.call('GET /api/settings')).body.resolvers).toEqual(['192.0.2.1'])
  expect((await change(['192.0.2.2'])).body.resolvers).toEqual(['192.0.2.2'])
})

it.each([
  ['too late', { 'x-deadline': String(newDeadline(-1)) }, 503],
  ['in time (control)', { 'x-deadline': String(newDeadline(60_000)) }, 200],
  ['no deadline', { 'x-deadline': 'soon' }, 400],
  ['no name', { 'x-on-behalf-of': 'a b' }, 400],
])('a request that is %s', async (_what, headers, status) => {
  const { path, machine } = await withMachine()
  const body = JSON.stringify({
    desired: { ensure: 'absent', domain: 'a.test', files: 'purge' },
    server: { serverName: null, resolvers: [], certificate: null },
  })
  const answered = await new Promise<number>((resolve) => {
    request({ socketPath: path, path: '/sites.apply', method: 'POST', headers }, (response) =>
      resolve(response.resume().statusCode!),
    ).end(body)
  })
  expect([answered, machine.applied]).toEqual([status, status === 200 ? 1 : 0])
})
