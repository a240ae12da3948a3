import type { App, AppSpec } from '../../model/apps/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Context } from '../http/context.ts'
import { ensureNode } from '../node/ensure.ts'
import { choosePort } from '../sites/app-port.ts'
import { applySite } from '../sites/change.ts'
import { getSite, getSpec } from '../sites/read.ts'
import { findApp, noteFailure, noteInstalled, noteStart, noteStop } from '../store/apps.ts'
import { refuseFullDisk } from '../usage/room.ts'
import { withLock, refuseBusy } from './lock.ts'
import { moveTo } from './address.ts'
import { getApp } from './read.ts'
import { isOpen, processOf, startAndWait } from './ready.ts'
import { appOf } from './spec.ts'
import { untilSteady } from './steady.ts'

/** How long an app may take until it answers (s). */
const START_TIMEOUT_S = 60

type OnProgress = (progress: Progress) => void

/** Refuses at once what could not be begun. Throws `app_busy`, `not_an_app`, `site_disabled`. */
export function refuseUnready(ctx: Context, domain: string): void {
  refuseBusyApp(ctx, domain)
  if (!getSpec(ctx, domain).enabled)
    throw new PanelError('site_disabled', 409, `${domain} is disabled; enable the site first`)
}

/** Throws `app_busy`, `not_an_app`. */
export function refuseBusyApp(ctx: Context, domain: string): void {
  appOf(ctx, domain)
  refuseBusy(domain)
}

/**
 * Installs, builds and starts an app, and waits until it answers; an app that runs is left alone. Throws `app_failed`
 * and `apps.prepare`'s.
 */
export const startApp = (ctx: Context, domain: string, onProgress: OnProgress): Promise<App> =>
  withLock(domain, 'starting', async () => {
    const runs = findApp(ctx.db, domain)?.status === 'running' && isOpen(appOf(ctx, domain).app.port)
    if (!runs) await bringUp(ctx, await prepare(ctx, domain, true, onProgress).catch(noted(ctx, domain)), onProgress)
  }).then(() => getApp(ctx, domain))

/** The same for an app that runs: it goes on running until the new one can be started. */
export const restartApp = (ctx: Context, domain: string, onProgress: OnProgress): Promise<App> =>
  withLock(domain, 'starting', async () => {
    const prepared = await prepare(ctx, domain, false, onProgress)
    onProgress({ step: 'Stopping', percent: 80 })
    await ctx.supervisor.call('stop', { domain })
    await bringUp(ctx, prepared, onProgress)
  }).then(() => getApp(ctx, domain))

/** Ends an app, and keeps it stopped: its visitors do not wake it. */
export const stopApp = (ctx: Context, domain: string, onProgress: OnProgress): Promise<App> =>
  withLock(domain, 'stopping', async () => {
    onProgress({ step: 'Stopping', percent: 10 })
    noteStop(ctx.db, domain, new Date().toISOString())
    await ctx.supervisor.call('stop', { domain })
  }).then(() => getApp(ctx, domain))

interface Prepared {
  spec: SiteSpec & { app: AppSpec }
  /** A likely reason, should the start fail. */
  hint: string | null
}

/** Everything up to the start itself; answers what to start. */
async function prepare(ctx: Context, domain: string, build: boolean, onProgress: OnProgress): Promise<Prepared> {
  const spec = appOf(ctx, domain)
  const { owner } = getSite(ctx, domain)
  if (spec.storage !== 'ok')
    throw new PanelError(
      'limit_reached',
      403,
      `${domain} has used up its disk, so nothing can be installed; remove files, or ask the administrator for more`,
    )
  if (owner) await refuseFullDisk(ctx, owner)
  if (spec.app.nodeVersion) await ensureNode(ctx, spec.app.nodeVersion, onProgress)
  const stamp = findApp(ctx.db, domain)?.installed ?? null
  const { command, hint, ...prepared } = await ctx.agent.call('apps.prepare', { spec, stamp, build }, onProgress)
  noteInstalled(ctx.db, domain, prepared.stamp)
  onProgress({ step: 'Setting it up', percent: 75 })
  // Its settings may have changed meanwhile.
  const { app, ...rest } = appOf(ctx, domain)
  const next = { ...rest, app: { ...app, command, port: prepared.portTaken ? choosePort(ctx) : app.port } }
  await applySite(ctx, next, 'update', getSite(ctx, domain).owner, true)
  return { spec: next, hint }
}

/** The status is written first: a panel that dies here finds at its next start that the app should run. */
async function bringUp(ctx: Context, { spec: { domain, app }, hint }: Prepared, onProgress: OnProgress): Promise<void> {
  onProgress({ step: 'Starting', percent: 85 })
  noteStart(ctx.db, domain, app, new Date().toISOString())
  try {
    const restarts = (await processOf(ctx, domain))?.restarts ?? 0
    onProgress({ step: 'Waiting for its answer', percent: 90 })
    const address = await startAndWait(ctx, domain, app, START_TIMEOUT_S, hint)
    await moveTo(ctx, domain, address)
    onProgress({ step: 'Watching that it stays up', percent: 95 })
    await untilSteady(ctx, domain, { ...app, address }, { seconds: START_TIMEOUT_S, hint, restarts })
  } catch (error) {
    await noted(ctx, domain)(error).catch(() => undefined)
    await ctx.supervisor.call('stop', { domain })
    throw error
  }
}

/** Notes a failure for the app's page, until it is started again. */
const noted =
  (ctx: Context, domain: string) =>
  (error: unknown): Promise<never> => {
    if (error instanceof PanelError) noteFailure(ctx.db, domain, error.message, new Date().toISOString())
    return Promise.reject(error as Error)
  }
