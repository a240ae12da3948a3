import type { App, AppSpec, AppState } from '../../model/apps/schema.ts'
import type { AppProcess } from '../../model/protocol/supervisor.ts'
import { isServed } from '../../model/sites/schema.ts'
import type { Context } from '../http/context.ts'
import { needsRestart } from '../sites/app-settings.ts'
import { findApp, noteFailure, type AppRow } from '../store/apps.ts'
import { activityOf } from './lock.ts'
import { isOpen, processOf } from './ready.ts'
import { appOf } from './spec.ts'

/**
 * An app's settings and how it is now. The supervisor is asked only about one that should run: asking starts it. Throws
 * `not_an_app`.
 */
export async function getApp(ctx: Context, domain: string): Promise<App> {
  const site = appOf(ctx, domain)
  const { app: spec } = site
  const process = findApp(ctx.db, domain)!.status === 'running' ? await processOf(ctx, domain) : null
  if (process?.state === 'errored')
    noteFailure(ctx.db, domain, process.reason ?? 'It was given up', new Date().toISOString())
  const row = findApp(ctx.db, domain)!
  const { env, ...settings } = spec
  const runs = row.status === 'running' && process !== null
  return {
    ...settings,
    env: Object.keys(env).sort(),
    state: isServed(site) ? stateOf(domain, spec, row, process) : 'stopped',
    problem: row.problem ?? (runs ? process.reason : null),
    restartNeeded: row.status === 'running' && needsRestart(row.startedWith, spec),
    startedAt: runs ? new Date(process.startedAt).toISOString() : null,
    restarts: runs ? process.restarts : 0,
    memoryBytes: runs ? process.memoryBytes : null,
    cpuPercent: runs ? process.cpuPercent : null,
    sleeps: sleepsOf(row, Date.now()),
  }
}

function stateOf(domain: string, { port }: AppSpec, { status }: AppRow, process: AppProcess | null): AppState {
  const activity = activityOf(domain)
  if (activity) return activity
  if (status !== 'running') return status
  return process?.state === 'running' && isOpen(port) ? 'running' : 'starting'
}

function sleepsOf({ sleeps, asleepSince, asleepSeconds, memory, saved }: AppRow, now: number): App['sleeps'] {
  const current = asleepSince ? (now - Date.parse(asleepSince)) / 1000 : 0
  const seconds = asleepSeconds + current
  return {
    count: sleeps,
    seconds: Math.round(seconds),
    savedBytes: seconds > 0 ? Math.round((saved + current * memory) / seconds) : 0,
  }
}
