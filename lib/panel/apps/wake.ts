import type { AppSpec } from '../../model/apps/schema.ts'
import { PanelError, toPanelError } from '../../model/errors.ts'
import { isServed } from '../../model/sites/schema.ts'
import { audit } from '../auth/audit.ts'
import type { Context } from '../http/context.ts'
import { ensureNode } from '../node/ensure.ts'
import { wokenWith } from '../sites/app-settings.ts'
import { findApp, noteFailure, noteRunning, type AppRow } from '../store/apps.ts'
import { findSite } from '../store/sites.ts'
import { moveTo } from './address.ts'
import { activityOf, withLock } from './lock.ts'
import { processOf, startAndWait, untilReady } from './ready.ts'

/** How long a waking app may take until it answers (s). */
const START_TIMEOUT_S = 60

/** An app that failed is tried again for a visitor after this (ms), and not for each. */
const RETRY_MS = 60_000

const waking = new Map<string, Promise<void>>()

/**
 * Starts a sleeping app, or waits for one that is starting, until it answers. However many ask, it is done once.
 * Throws `app_stopped`, `app_failed`, `not_an_app`.
 */
export function wake(ctx: Context, domain: string): Promise<void> {
  const known = waking.get(domain)
  if (known) return known
  const work = wakeUp(ctx, domain).finally(() => waking.delete(domain))
  waking.set(domain, work)
  return work
}

async function wakeUp(ctx: Context, domain: string): Promise<void> {
  const site = findSite(ctx.db, domain)
  const row = findApp(ctx.db, domain)
  if (!site?.spec.app || !row) throw new PanelError('not_an_app', 503, 'There is no app here')
  const { app } = site.spec
  const leaving = site.pending !== null && ['rename', 'trash', 'purge'].includes(site.pending)
  if (activityOf(domain) === 'starting') {
    await untilReady(ctx, domain, app, START_TIMEOUT_S)
    return
  }
  if (!isServed(site.spec) || leaving || row.status === 'stopped' || activityOf(domain) === 'stopping')
    throw new PanelError('app_stopped', 503, `${domain} was stopped`)
  if (row.status === 'errored' && Date.now() - Date.parse(row.triedAt ?? '') < RETRY_MS)
    throw new PanelError('app_failed', 503, row.problem ?? 'It failed')
  await withLock(domain, 'starting', () => start(ctx, domain, app, row)).catch((error: unknown) =>
    fail(ctx, domain, error),
  )
}

async function start(ctx: Context, domain: string, app: AppSpec, { status, startedWith }: AppRow): Promise<void> {
  if (status === 'running') await refuseGivenUp(ctx, domain)
  if (app.nodeVersion) await ensureNode(ctx, app.nodeVersion, () => {})
  noteRunning(ctx.db, domain, wokenWith(startedWith, app), new Date().toISOString())
  await moveTo(ctx, domain, await startAndWait(ctx, domain, app, START_TIMEOUT_S))
}

/** Refuses to wake what PM2 gave up a moment ago: visitors must not start it over and over. */
async function refuseGivenUp(ctx: Context, domain: string): Promise<void> {
  const known = await processOf(ctx, domain)
  if (known?.state === 'errored') throw new PanelError('app_failed', 503, known.reason ?? 'It was given up')
}

async function fail(ctx: Context, domain: string, error: unknown): Promise<never> {
  const { code, message } = toPanelError(error)
  // That the supervisor does not answer says nothing of the app.
  if (!code.startsWith('supervisor_')) {
    noteFailure(ctx.db, domain, message, new Date().toISOString())
    await ctx.supervisor.call('stop', { domain }).catch(() => undefined)
  }
  console.error(`${domain} could not be woken: ${message}`)
  audit(ctx, 'app.wake', {
    identity: null,
    address: 'a visitor',
    input: { params: { site: domain }, body: undefined, query: undefined },
    before: undefined,
    after: { problem: message },
    code,
  })
  throw error
}
