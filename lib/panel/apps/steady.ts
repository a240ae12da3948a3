import { setTimeout as sleep } from 'node:timers/promises'
import type { AppSpec } from '../../model/apps/schema.ts'
import type { AppProcess } from '../../model/protocol/supervisor.ts'
import type { Context } from '../http/context.ts'
import { statusOf } from './probe.ts'
import { failed, processOf } from './ready.ts'

/** An app that ends sooner after it first listened has not started (ms). */
const STEADY_MS = 3_000
const POLL_MS = 250

interface Watch {
  /** How long it may take to answer. */
  seconds: number
  hint: string | null
  /** How often it had been started again before this start: one that ended before it was looked at counts too. */
  restarts: number
}

/**
 * Waits until an app that listens has answered a request, however it answers, and has stayed up for some seconds.
 * Visitors of a sleeping app do not wait for this. Throws `app_failed`.
 */
export async function untilSteady(
  ctx: Context,
  domain: string,
  app: AppSpec,
  { seconds, hint, restarts }: Watch,
): Promise<void> {
  const over = new AbortController()
  // A health path has answered by now.
  const answers = app.healthPath === null ? untilAnswered(domain, app, seconds, over.signal) : null
  try {
    const problem = await Promise.race([
      untilEnded(ctx, domain, restarts, over.signal),
      Promise.all([answers, sleep(STEADY_MS)]).then(([silence]) => silence),
    ])
    if (problem !== null) throw await failed(domain, problem, hint)
  } finally {
    over.abort()
  }
}

/** Waits for the end of an app that runs; answers why it ended. */
async function untilEnded(ctx: Context, domain: string, restarts: number, over: AbortSignal): Promise<string | null> {
  const first = await processOf(ctx, domain)
  for (let now = first; !over.aborted; now = await processOf(ctx, domain)) {
    if (hasEnded(first, now, restarts))
      return now?.state === 'errored' ? now.reason! : `${now?.reason ?? 'It ended'}, soon after it had begun to listen`
    await sleep(POLL_MS)
  }
  return null
}

/** Whether the process that ran first is gone; another one may run in its place. Pure. */
const hasEnded = (first: AppProcess | null, now: AppProcess | null, restarts: number): boolean =>
  now?.state !== 'running' || now.startedAt !== first?.startedAt || now.restarts > restarts

/** Asks an app until it answers; null once it has, else why it counts as silent. */
async function untilAnswered(
  domain: string,
  { port, address }: AppSpec,
  seconds: number,
  over: AbortSignal,
): Promise<string | null> {
  const deadline = performance.now() + seconds * 1000
  while (!over.aborted && performance.now() < deadline) {
    const timeout = Math.max(1, deadline - performance.now())
    if ((await statusOf({ domain, port, address, path: '/', timeout })) !== null) return null
    await sleep(100)
  }
  return `It takes connections on port ${port}, but answered no request within ${seconds} seconds`
}
