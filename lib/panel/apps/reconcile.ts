import { statSync } from 'node:fs'
import { accessLogOf } from '../../model/sites/names.ts'
import { isServed } from '../../model/sites/schema.ts'
import { readSockets, type Socket } from '../../proc/sockets.ts'
import type { Context } from '../http/context.ts'
import { briefApps, noteFailure, noteMemory, noteSleep, undoSleep, type BriefApp } from '../store/apps.ts'
import { idleApps, type Candidate } from './idle.ts'

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
  const sockets = readSockets()
  const listening = new Set(sockets.flatMap(({ localPort, listening }) => (listening ? [localPort] : [])))
  const [up, down] = [[] as BriefApp[], [] as BriefApp[]]
  for (const known of briefApps(ctx.db)) (listening.has(known.port) ? up : down).push(known)
  return {
    slept: await letSleep(ctx, up.filter(shouldRun), sockets, now),
    stopped: await stop(
      ctx,
      up.filter((known) => !shouldRun(known)),
    ),
    started: await startAgain(ctx, down.filter(shouldRun)),
  }
}

const shouldRun = (app: BriefApp): boolean => app.status === 'running' && isServed(app)

const toCandidate = ({ domain, port, idleMinutes, startedAt }: BriefApp): Candidate => ({
  domain,
  port,
  idleMinutes,
  startedAt: Date.parse(startedAt ?? ''),
  lastRequest: statSync(accessLogOf(domain), { throwIfNoEntry: false })?.mtimeMs ?? 0,
})

async function letSleep(
  ctx: Context,
  up: readonly BriefApp[],
  sockets: readonly Socket[],
  now: number,
): Promise<string[]> {
  const slept: string[] = []
  for (const { domain } of idleApps(up.map(toCandidate), sockets, now)) {
    const { startedAt } = up.find((known) => known.domain === domain)!
    if (!noteSleep(ctx.db, domain, startedAt, new Date().toISOString())) continue
    const { stopped, memoryBytes } = await ctx.supervisor.call('stop', { domain, unlessBusy: true })
    if (stopped) noteMemory(ctx.db, domain, memoryBytes)
    else undoSleep(ctx.db, domain)
    if (stopped) slept.push(domain)
  }
  return slept
}

/** Left by a kill between the status and the act. */
async function stop(ctx: Context, up: readonly BriefApp[]): Promise<string[]> {
  for (const { domain, status } of up) await ctx.supervisor.call('stop', { domain, unlessBusy: status === 'asleep' })
  return up.map(({ domain }) => domain)
}

/** Starts apps that the supervisor lost with a crash or a reboot. Those that were given up stay so. */
async function startAgain(ctx: Context, down: readonly BriefApp[]): Promise<string[]> {
  if (down.length === 0) return []
  const { apps } = await ctx.supervisor.call('list', {})
  const started: string[] = []
  for (const { domain } of down) {
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
