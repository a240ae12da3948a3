import { statSync } from 'node:fs'
import type { AppSpec } from '../../model/apps/schema.ts'
import { siteNames } from '../../model/sites/names.ts'
import { isServed } from '../../model/sites/schema.ts'
import { readSockets, type Socket } from '../../proc/sockets.ts'
import type { Context } from '../http/context.ts'
import { listSpecs } from '../sites/read.ts'
import { listApps, noteFailure, noteMemory, noteSleep, undoSleep, type AppRow } from '../store/apps.ts'
import { idleApps, type Candidate } from './idle.ts'
import { isOpen } from './ready.ts'

interface Known {
  row: AppRow
  app: AppSpec
  isServed: boolean
}

/** Result, for a hook's log. */
export interface Reconciled {
  slept: string[]
  started: string[]
  stopped: string[]
}

/**
 * Each minute, after a crash and at the panel's start: puts idle apps to sleep, starts those that should run and
 * do not, and stops those that should not run and do. Reads only what any user may; nobody is woken to be asked.
 */
export async function reconcileApps(ctx: Context, now: number): Promise<Reconciled> {
  const apps = knownApps(ctx)
  const sockets = readSockets()
  const [up, down] = [[] as Known[], [] as Known[]]
  for (const known of apps) (isOpen(known.app.port, sockets) ? up : down).push(known)
  return {
    slept: await letSleep(ctx, up.filter(shouldRun), sockets, now),
    stopped: await stop(
      ctx,
      up.filter((known) => !shouldRun(known)),
    ),
    started: await startAgain(ctx, down.filter(shouldRun)),
  }
}

const shouldRun = ({ row, isServed }: Known): boolean => isServed && row.status === 'running'

function knownApps(ctx: Context): Known[] {
  const specs = new Map(listSpecs(ctx).map((spec) => [spec.domain, spec]))
  return listApps(ctx.db).map((row) => ({
    row,
    app: specs.get(row.domain)!.app!,
    isServed: isServed(specs.get(row.domain)!),
  }))
}

const toCandidate = ({ row: { domain, startedAt }, app: { port, idleMinutes } }: Known): Candidate => ({
  domain,
  port,
  idleMinutes,
  startedAt: Date.parse(startedAt ?? ''),
  lastRequest: statSync(siteNames(domain).accessLog, { throwIfNoEntry: false })?.mtimeMs ?? 0,
})

async function letSleep(
  ctx: Context,
  up: readonly Known[],
  sockets: readonly Socket[],
  now: number,
): Promise<string[]> {
  const slept: string[] = []
  for (const { domain } of idleApps(up.map(toCandidate), sockets, now)) {
    const { startedAt } = up.find(({ row }) => row.domain === domain)!.row
    if (!noteSleep(ctx.db, domain, startedAt, new Date().toISOString())) continue
    const { stopped, memoryBytes } = await ctx.supervisor.call('stop', { domain, unlessBusy: true })
    if (stopped) noteMemory(ctx.db, domain, memoryBytes)
    else undoSleep(ctx.db, domain)
    if (stopped) slept.push(domain)
  }
  return slept
}

/** Left by a kill between the status and the act. */
async function stop(ctx: Context, up: readonly Known[]): Promise<string[]> {
  for (const {
    row: { domain, status },
  } of up)
    await ctx.supervisor.call('stop', { domain, unlessBusy: status === 'asleep' })
  return up.map(({ row: { domain } }) => domain)
}

/** Starts apps that the supervisor lost with a crash or a reboot. Those that were given up stay so. */
async function startAgain(ctx: Context, down: readonly Known[]): Promise<string[]> {
  if (down.length === 0) return []
  const { apps } = await ctx.supervisor.call('list', {})
  const started: string[] = []
  for (const {
    row: { domain },
  } of down) {
    const process = apps.find((entry) => entry.domain === domain)
    if (process?.state === 'errored')
      noteFailure(ctx.db, domain, process.reason ?? 'It was given up', new Date().toISOString())
    if (process && process.state !== 'stopped') continue
    await ctx.supervisor.call('start', { domain }).then(
      () => started.push(domain),
      (error: Error) => console.error(`${domain} could not be started again: ${error.message}`),
    )
  }
  return started
}
