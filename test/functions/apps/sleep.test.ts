import { expect, it } from 'vitest'
import type { Operations } from '../../../lib/model/protocol/supervisor.ts'
import { PanelError } from '../../../lib/model/errors.ts'
import { reconcileApps } from '../../../lib/panel/apps/reconcile.ts'
import { wake } from '../../../lib/panel/apps/wake.ts'
import type { Context } from '../../../lib/panel/http/context.ts'
import { findApp, noteFailure, noteMemory, noteRunning, noteSleep, noteStop } from '../../../lib/panel/store/apps.ts'
import { listAuditEntries } from '../../../lib/panel/store/audit.ts'
import type { Input, Output } from '../../../lib/model/protocol/define.ts'
import { withAgent } from '../_agent.ts'
import { openPanel, type Panel } from '../_harness.ts'
import { putApp } from './_app.ts'

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
