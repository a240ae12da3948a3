import * as v from 'valibot'
import { expect, it, vi } from 'vitest'
import { PanelError } from '../../lib/model/errors.ts'
import { defineFunction, type AnyFunction } from '../../lib/panel/http/define.ts'
import { manifest } from '../../functions/manifest.ts'
import { listAuditEntries } from '../../lib/panel/store/audit.ts'
import { addJob, findJob, listJobs } from '../../lib/panel/store/jobs.ts'
import { openPanel } from './_harness.ts'

const work = (run: AnyFunction['run']): Record<string, AnyFunction> => ({
  ...manifest,
  'POST /api/work': defineFunction({
    summary: 'Work for very long',
    scope: 'jobs:read',
    audit: 'work',
    job: 'Work long',
    fails: ['install_failed', 'not_put_back'],
    returns: v.unknown(),
    run,
  }) as AnyFunction,
})

/** Server-sent events as [id, event, data]. */
const parse = (text: string) =>
  text
    .split('\n\n')
    .filter((block) => block.includes('event:'))
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1] ?? ''
      return [Number(field('id')), field('event'), JSON.parse(field('data'))] as const
    })

it('a job answers its address at once, and its steps, output and percentages stream', async () => {
  let finish!: () => void
  const { call, signIn } = await openPanel(
    work(async ({ job }) => {
      job.progress({ step: 'One', percent: 10 })
      job.progress({ step: 'One', percent: 10.4, output: 'a line' })
      await new Promise<void>((resolve) => (finish = resolve))
      job.progress({ step: 'Two', percent: 60 })
      return { answer: 42 }
    }),
  )
  await signIn()
  const begun = await call('POST /api/work')
  expect([begun.status, begun.headers.get('location')]).toEqual([202, `/api/jobs/${begun.body.job}`])
  const address = begun.headers.get('location')!
  expect((await call('GET /api/jobs/{job}', { path: address })).body).toMatchObject({
    state: 'running',
    percent: 10,
    steps: [{ name: 'One', state: 'running' }],
  })
  const following = call('GET /api/jobs/{job}/events', { path: `${address}/events` })
  finish()
  const events = parse((await following).body)
  expect(events.map(([, event, data]) => [event, data])).toEqual([
    ['step', { name: 'One' }],
    ['progress', { percent: 10 }],
    ['output', { line: 'a line' }],
    ['step', { name: 'Two' }],
    ['progress', { percent: 60 }],
    ['end', { state: 'done', error: null }],
  ])
  const resumed = await call('GET /api/jobs/{job}/events', {
    path: `${address}/events`,
    headers: { 'last-event-id': String(events[2]![0]) },
  })
  expect(parse(resumed.body)).toEqual(events.slice(3))
  expect((await call('GET /api/jobs/{job}', { path: address })).body).toMatchObject({
    state: 'done',
    percent: 100,
    result: { answer: 42 },
    steps: [{ state: 'done' }, { state: 'done' }],
  })
  expect((await call('GET /api/jobs')).body.jobs).toHaveLength(1)
})

it('waits when asked to, and a failure says why', async () => {
  const { ctx, call, signIn } = await openPanel(
    work(({ job }) => {
      job.progress({ step: 'One', percent: 1 })
      throw new PanelError('install_failed', 422, 'Try again tomorrow')
    }),
  )
  await signIn()
  const { status, body } = await call('POST /api/work', { headers: { prefer: 'wait=10' } })
  expect([status, body.state, body.error, body.steps[0].state]).toEqual([
    200,
    'failed',
    { code: 'install_failed', message: 'Try again tomorrow' },
    'failed',
  ])
  expect(
    listAuditEntries(ctx.db, 2)
      .map(({ action, ok, code }) => [action, ok, code])
      .sort(),
  ).toEqual([
    ['work', false, 'install_failed'],
    ['work', true, null],
  ])
})

it.each([
  ['install_failed', 'done'],
  ['not_put_back', 'failed'],
])('a rollback says that the step before failed, and has not failed itself (%s)', async (code, state) => {
  const { call, signIn } = await openPanel(
    work(({ job }) => {
      job.progress({ step: 'One', percent: 1 })
      job.progress({ step: 'Two', percent: 50 })
      job.progress({ step: 'Rolling back', percent: 99, rollback: true })
      throw PanelError.relay({ code, status: 409, message: 'Try again tomorrow' })
    }),
  )
  await signIn()
  const { body } = await call('POST /api/work', { headers: { prefer: 'wait=10' } })
  expect(body.steps.map((step: { state: string }) => step.state)).toEqual(['done', 'failed', state])
})

it('a job says what it is about, and is found by that while it runs', async () => {
  let finish!: () => void
  const { call, signIn } = await openPanel({
    ...manifest,
    'POST /api/work/{place}/dig/{tool}': defineFunction({
      summary: 'Dig with a tool',
      scope: 'jobs:read',
      audit: 'work',
      job: 'Dig',
      params: v.strictObject({ place: v.string(), tool: v.string() }),
      returns: v.unknown(),
      run: () => new Promise<void>((resolve) => (finish = resolve)),
    }) as AnyFunction,
  })
  await signIn()
  expect((await call('POST /api/work/{place}/dig/{tool}', { path: '/api/work/a%20b/dig/spade' })).status).toBe(202)
  const found = async (query: string) =>
    (
      (await call('GET /api/jobs', { path: `/api/jobs?${query}` })).body.jobs as { path: string; subject: string }[]
    ).map(({ path, subject }) => [path, subject])
  const job = [['/work/a%20b/dig/spade', 'a b spade']]
  for (const under of ['/work', '/work/a%20b', '/work/a%20b/dig/spade'])
    expect(await found(new URLSearchParams({ state: 'running', under }).toString())).toEqual(job)
  for (const under of ['/wor', '/work/a%20b/di', '%', '/work/a%20b/dig/spade/'])
    expect(await found(new URLSearchParams({ under }).toString())).toEqual([])
  finish()
  await expect.poll(() => found('state=running')).toEqual([])
  expect(await found('state=done')).toEqual(job)
  expect((await call('GET /api/jobs', { path: '/api/jobs?state=asleep' })).status).toBe(422)
})

it('a job that brings a dump back is about the database, and not about the dump', async () => {
  const { call, signIn } = await openPanel({
    ...manifest,
    'POST /api/dumps/{dump}/restore': {
      ...manifest['POST /api/dumps/{dump}/restore']!,
      precheck: undefined,
      run: () => Promise.resolve(null),
    },
  })
  await signIn()
  const { body } = await call('POST /api/dumps/{dump}/restore', {
    path: `/api/dumps/${'0'.repeat(32)}/restore`,
    body: { database: 'shop' },
    headers: { prefer: 'wait=10' },
  })
  expect(body).toMatchObject({ name: 'Restore a dump', path: `/dumps/${'0'.repeat(32)}/restore`, subject: 'shop' })
})

it('what a restart cut off says so', async () => {
  const { ctx, call, signIn } = await openPanel()
  await signIn()
  const id = '00000000-0000-4000-8000-000000000000'
  addJob(ctx.db, {
    id,
    name: 'Work long',
    path: '/work',
    subject: '',
    actor: 'admin',
    createdAt: new Date().toISOString(),
  })
  ctx.jobs.interruptCutOff()
  expect((await call('GET /api/jobs/{job}', { path: `/api/jobs/${id}` })).body).toMatchObject({
    state: 'interrupted',
    error: { code: 'interrupted' },
  })
})

it('a panel that stops lets go of who waits and who follows', async () => {
  const { ctx, call, signIn } = await openPanel(
    work(({ job }) => {
      job.progress({ step: 'One', percent: 1 })
      return new Promise(() => {})
    }),
  )
  await signIn()
  const waiting = call('POST /api/work', { headers: { prefer: 'wait=300' } })
  await expect.poll(() => listJobs(ctx.db)).toHaveLength(1)
  const [{ id } = { id: '' }] = listJobs(ctx.db)
  const followed = vi.spyOn(ctx.jobs, 'subscribe')
  const following = call('GET /api/jobs/{job}/events', { path: `/api/jobs/${id}/events` })
  await expect.poll(() => followed.mock.calls).toHaveLength(1)
  ctx.jobs.letGo()
  expect((await waiting).status).toBe(202)
  expect(parse((await following).body).map(([, event]) => event)).toEqual(['step', 'progress'])
})

it('of more than 200 jobs the oldest are deleted, but none that runs', async () => {
  const {
    ctx: { db },
  } = await openPanel()
  const at = (i: number) => new Date(Date.UTC(2026, 0, 1) + i * 1000).toISOString()
  for (let i = 0; i < 210; i++) {
    addJob(db, { id: `job${i}`, name: 'Work', path: '/work', subject: '', actor: 'admin', createdAt: at(i) })
    if (i > 0) db.sqlite.prepare("UPDATE jobs SET state = 'done' WHERE id = ?").run(`job${i}`)
  }
  expect([findJob(db, 'job0')?.state, findJob(db, 'job5'), listJobs(db).length]).toEqual(['running', null, 200])
})
