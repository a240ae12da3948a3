import { doEach, doParts } from '../../model/parts.ts'
import { accessLogOf } from '../../model/sites/names.ts'
import { isServed } from '../../model/sites/schema.ts'
import { readSockets, type Socket } from '../../proc/sockets.ts'
import type { Context } from '../http/context.ts'
import { briefApps, noteFailure, noteMemory, noteSleep, undoSleep, type BriefApp } from '../store/apps.ts'
import { lastRequestIn } from '../sites/idle.ts'
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
  const done: Reconciled = { slept: [], stopped: [], started: [] }
  await doParts({
    'Idle apps': () => letSleep(ctx, up.filter(shouldRun), sockets, now, done.slept),
    'Apps to stop': () =>
      stop(
        ctx,
        up.filter((known) => !shouldRun(known)),
        done.stopped,
      ),
    'Apps to start': () => startAgain(ctx, down.filter(shouldRun), done.started),
  })
  return done
}

const shouldRun = (app: BriefApp): boolean => app.status === 'running' && isServed(app)

const toCandidate = ({ domain, port, idleMinutes, startedAt }: BriefApp, now: number): Candidate => ({
  domain,
  port,
  idleMinutes,
  startedAt: Date.parse(startedAt ?? ''),
  lastRequest: lastRequestIn(accessLogOf(domain), now),
})

async function letSleep(
  ctx: Context,
  up: readonly BriefApp[],
  sockets: readonly Socket[],
  now: number,
  slept: string[],
): Promise<void> {
  await doEach(
    idleApps(
      up.map((app) => toCandidate(app, now)),
      sockets,
      now,
    ),
    async ({ domain }) => {
      const { startedAt } = up.find((known) => known.domain === domain)!
      if (!noteSleep(ctx.db, domain, startedAt, new Date().toISOString())) return
      const { stopped, memoryBytes } = await ctx.supervisor.call('stop', { domain, unlessBusy: true })
      if (stopped) noteMemory(ctx.db, domain, memoryBytes)
      else undoSleep(ctx.db, domain)
      if (stopped) slept.push(domain)
    },
  )
}

/** Left by a kill between the status and the act. */
const stop = (ctx: Context, up: readonly BriefApp[], stopped: string[]): Promise<void> =>
  doEach(up, async ({ domain, status }) => {
    await ctx.supervisor.call('stop', { domain, unlessBusy: status === 'asleep' })
    stopped.push(domain)
  })

/** Starts apps that the supervisor lost with a crash or a reboot. Those that were given up stay so. */
async function startAgain(ctx: Context, down: readonly BriefApp[], started: string[]): Promise<void> {
  if (down.length === 0) return
  const { apps } = await ctx.supervisor.call('list', {})
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
}
