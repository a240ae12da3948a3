import { expect, it } from 'vitest'
import type { Operations } from '../../lib/model/protocol/supervisor.ts'
import { PanelError } from '../../lib/model/errors.ts'
import { newApp } from '../../lib/model/apps/schema.ts'
import type { AppStatic } from '../../lib/model/apps/static.ts'
import type { Parsed } from '../../lib/model/protocol/agent.ts'
import { reconcileApps } from '../../lib/panel/apps/reconcile.ts'
import { wake } from '../../lib/panel/apps/wake.ts'
import type { Context } from '../../lib/panel/http/context.ts'
import { findApp, noteFailure, noteMemory, noteRunning, noteSleep, noteStop } from '../../lib/panel/store/apps.ts'
import { listAuditEntries } from '../../lib/panel/store/audit.ts'
import type { Input, Output } from '../../lib/model/protocol/define.ts'
import { refuse, withAgent } from './_agent.ts'
import { openPanel, type Panel } from './_harness.ts'
import { newUser, putSite } from './_users.ts'

/**
 * A settled Node site in the store; no machine stands behind these tests. The real supervisor is in test/machine/apps.
 */
function putApp(panel: Panel, domain: string, owner: string | null, port: number): void {
  const app = { ...newApp('node', port), env: { KEY: 'canary' }, command: ['node', 'a.js'] }
  putSite(panel, domain, owner, { runtime: 'node', app })
}

/** Writes down what the supervisor is asked. */
function recordCalls(ctx: Context, refusal?: PanelError): unknown[] {
  const calls: unknown[] = []
  ctx.supervisor = {
    call: <O extends keyof Operations & string>(operation: O, input: Input<Operations, O>) => {
      calls.push([operation, input])
      if (refusal) return Promise.reject(refusal)
      return Promise.resolve(
        (operation === 'list' ? { apps: [] } : { stopped: true, memoryBytes: 5e7 }) as Output<Operations, O>,
      )
    },
  }
  return calls
}

const at = (path: string) => ({ path: `/api/sites/a.test/app${path}` })

it('an app’s variables are told by name, and by value only to who may change them', async () => {
  const panel = await openPanel()
  await panel.signIn()
  putApp(panel, 'a.test', null, 20_000)
  const { body } = await panel.call('GET /api/sites/{site}/app', at(''))
  expect(body).toMatchObject({
    env: ['KEY'],
    state: 'stopped',
    port: 20_000,
    idleMinutes: 10,
    memoryMb: 256,
    problem: null,
    sleeps: { count: 0, seconds: 0, savedBytes: 0 },
  })
  expect(JSON.stringify(body)).not.toContain('canary')
  expect(JSON.stringify((await panel.call('GET /api/sites')).body)).not.toContain('canary')
  expect((await panel.call('GET /api/sites/{site}/app/env', at('/env'))).body).toEqual({ KEY: 'canary' })
  const { secret } = (await panel.call('POST /api/tokens', { body: { name: 'reader', scopes: ['sites:read'] } })).body
  const headers = { cookie: '', authorization: `Bearer ${secret}` }
  expect((await panel.call('GET /api/sites/{site}/app', { ...at(''), headers })).status).toBe(200)
  expect((await panel.call('GET /api/sites/{site}/app/env', { ...at('/env'), headers })).body.code).toBe('not_allowed')
})

it('the record holds the names of variables, and no value', async () => {
  const panel = await openPanel()
  await panel.signIn()
  putApp(panel, 'a.test', null, 20_000)
  await panel.call('PATCH /api/sites/{site}/app/env', { ...at('/env'), body: { OTHER: 'canary2' } })
  await panel.call('PATCH /api/sites/{site}/app', { ...at(''), body: { env: { OTHER: 'canary2' } } })
  await panel.call('POST /api/sites', {
    body: { domain: 'b.test', runtime: 'node', app: { env: { OTHER: 'canary2' } } },
  })
  const entries = JSON.stringify(listAuditEntries(panel.ctx.db, 10))
  expect(entries).toContain('OTHER')
  expect(entries).not.toContain('canary')
})

it.each<[string, string, object, string]>([
  ['a shell', 'PATCH', { startCommand: 'node a.js; id' }, 'invalid_input'],
  ['a path out of its folder', 'PATCH', { entry: '../../etc/passwd' }, 'invalid_input'],
  ['an option for a file', 'PATCH', { entry: '--eval=x' }, 'invalid_input'],
  ['a health path with a line break', 'PATCH', { healthPath: '/a\r\nHost: b' }, 'invalid_input'],
  ['a version nobody has', 'PATCH', { nodeVersion: '18' }, 'invalid_input'],
  ['another’s port', 'PATCH', { port: 22 }, 'invalid_input'],
  ['workers of Node', 'PATCH', { workers: 2 }, 'invalid_input'],
  ['a name the panel sets', 'PATCH', { env: { PORT: '1' } }, 'invalid_input'],
  ['a command of its own making', 'PATCH', { command: ['id'] }, 'invalid_input'],
  ['no minutes', 'PATCH', { idleMinutes: 0 }, 'invalid_input'],
])('%s is refused, and changes nothing', async (_, method, body, code) => {
  const panel = await openPanel()
  await panel.signIn()
  putApp(panel, 'a.test', null, 20_000)
  const before = panel.ctx.db.sqlite.prepare('SELECT * FROM sites').all()
  expect(await panel.call(`${method} /api/sites/{site}/app`, { ...at(''), body })).toMatchObject({
    status: 422,
    body: { code },
  })
  expect(panel.ctx.db.sqlite.prepare('SELECT * FROM sites').all()).toEqual(before)
})

it('a site without an app says so, and an app is nobody’s but its owner’s', async () => {
  const panel = await openPanel()
  await panel.signIn()
  putSite(panel, 'a.test', null)
  for (const [operation, path] of [
    ['GET /api/sites/{site}/app', ''],
    ['POST /api/sites/{site}/app/start', '/start'],
    ['GET /api/sites/{site}/app/env', '/env'],
    ['GET /api/sites/{site}/app/log', '/log'],
  ] as const) {
    expect(await panel.call(operation, at(path))).toMatchObject({ status: 409, body: { code: 'not_an_app' } })
  }
  const ann = await newUser(panel, 'ann')
  expect(await panel.call('POST /api/sites/{site}/app/start', { ...at('/start'), headers: ann })).toMatchObject({
    status: 404,
    body: { code: 'site_not_found' },
  })
})

it('an app that runs again shows no problem of an earlier start', async () => {
  const panel = await openPanel()
  putApp(panel, 'a.test', null, 20_000)
  noteFailure(panel.ctx.db, 'a.test', 'It was given up', '2026-11-23T00:00:00.000Z')
  noteRunning(panel.ctx.db, 'a.test', null, '2026-11-23T00:01:00.000Z')
  expect(findApp(panel.ctx.db, 'a.test')).toMatchObject({ status: 'running', problem: null })
})

it('a user’s limit on apps holds', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const ann = await newUser(panel, 'ann', { apps: 1 })
  putApp(panel, 'a.test', 'ann', 20_000)
  const add = (runtime: string) => panel.call('POST /api/sites', { body: { domain: 'b.test', runtime }, headers: ann })
  expect(await add('python')).toMatchObject({
    status: 403,
    body: { code: 'limit_reached', message: expect.stringContaining('1 app.') },
  })
  expect((await add('static')).body.code, 'no machine stands behind this test').toBe('agent_unreachable')
})

it('a hundred visitors wake an app with one call; a stopped one is not woken, a failing one not for each', async () => {
  const panel = await openPanel()
  putApp(panel, 'a.test', null, 20_000)
  withAgent(panel.ctx)
  const refusal = new PanelError('app_not_prepared', 409, 'not prepared')
  const calls = recordCalls(panel.ctx, refusal)
  await expect(wake(panel.ctx, 'a.test')).rejects.toMatchObject({ code: 'app_stopped' })
  expect(calls).toEqual([])
  noteRunning(panel.ctx.db, 'a.test', null, '2026-11-23T00:00:00.000Z')
  noteSleep(panel.ctx.db, 'a.test', '2026-11-23T00:00:00.000Z', '2026-11-23T01:00:00.000Z')
  const answers = await Promise.allSettled(Array.from({ length: 100 }, () => wake(panel.ctx, 'a.test')))
  expect(answers.every(({ status }) => status === 'rejected')).toBe(true)
  expect(calls.map((call) => (call as [string])[0])).toEqual(['start', 'stop'])
  expect(findApp(panel.ctx.db, 'a.test')).toMatchObject({ status: 'errored', problem: 'not prepared' })
  expect(listAuditEntries(panel.ctx.db, 1)).toMatchObject([
    { action: 'app.wake', object: 'a.test', ok: false, code: 'app_not_prepared' },
  ])
  await expect(wake(panel.ctx, 'a.test')).rejects.toMatchObject({ code: 'app_failed' })
  expect(calls).toHaveLength(2)
})

it('sleeping is counted, with what it spared', async () => {
  const {
    ctx: { db },
    ...panel
  } = await openPanel()
  putApp({ ctx: { db }, ...panel } as Panel, 'a.test', null, 20_000)
  noteRunning(db, 'a.test', null, '2026-11-23T00:00:00.000Z')
  expect(noteSleep(db, 'a.test', '2026-11-22T00:00:00.000Z', '2026-11-23T01:00:00.000Z'), 'started meanwhile').toBe(
    false,
  )
  expect(noteSleep(db, 'a.test', '2026-11-23T00:00:00.000Z', '2026-11-23T01:00:00.000Z')).toBe(true)
  noteMemory(db, 'a.test', 1000)
  noteRunning(db, 'a.test', null, '2026-11-23T02:00:00.000Z')
  expect(findApp(db, 'a.test')).toMatchObject({
    status: 'running',
    sleeps: 1,
    asleepSeconds: 3600,
    saved: 3_600_000,
    asleepSince: null,
  })
  noteFailure(db, 'a.test', 'why', '2026-11-23T03:00:00.000Z')
  noteStop(db, 'a.test', '2026-11-23T03:00:00.000Z')
  expect(findApp(db, 'a.test')).toMatchObject({ status: 'stopped', problem: null })
})

it('what should run and does not is started again; what sleeps or is stopped asks nobody', async () => {
  const panel = await openPanel()
  putApp(panel, 'a.test', null, 20_000)
  putApp(panel, 'b.test', null, 20_001)
  const calls = recordCalls(panel.ctx)
  expect(await reconcileApps(panel.ctx, Date.now())).toEqual({ slept: [], started: [], stopped: [] })
  expect(calls).toEqual([])
  noteRunning(panel.ctx.db, 'b.test', null, '2026-11-23T00:00:00.000Z')
  expect(await reconcileApps(panel.ctx, Date.now())).toMatchObject({ started: ['b.test'] })
  expect(calls).toEqual([
    ['list', {}],
    ['start', { domain: 'b.test' }],
  ])
})

it('static folders open before nginx sends from them, and close after; a failing step leaves the old', async () => {
  const panel = await openPanel()
  await panel.signIn()
  putApp(panel, 'a.test', null, 20_000)
  const agent = withAgent(panel.ctx)
  const set = async (...folders: string[]) => {
    agent.reset()
    const body = { static: folders.map((directory) => ({ path: `/${directory}`, directory })) }
    const { status } = await panel.call('PATCH /api/sites/{site}/app', { ...at(''), body })
    const steps = agent.calls.flatMap(([operation, input]) => {
      if (operation === 'sites.apply') return ['apply']
      if (operation !== 'apps.static') return []
      const { spec, before, switched } = input as Parsed<'apps.static'>
      return [`${switched ? 'close' : 'open'} ${names(spec.app!.static)} ${names(before)}`]
    })
    return [status, ...steps]
  }
  const names = (list: AppStatic) => list.map(({ directory }) => directory).join('+')
  expect(await set('a')).toEqual([200, 'open a ', 'apply', 'close a '])
  expect(await set('b')).toEqual([200, 'open b a', 'apply', 'close b a'])
  agent.answers['sites.apply'] = refuse('nginx_check_failed')
  expect(await set('c')).toEqual([422, 'open c b', 'apply', 'close b c'])
  agent.answers = { 'apps.static': ({ switched }) => (switched ? {} : refuse('static_failed')()) }
  expect(await set('c')).toEqual([422, 'open c b', 'close b c'])
  agent.answers = { 'apps.static': ({ switched }) => (switched ? refuse('static_failed')() : {}) }
  expect(await set('c')).toEqual([200, 'open c b', 'apply', 'close c b'])
})
