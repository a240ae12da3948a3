import { setTimeout as sleep } from 'node:timers/promises'
import { PanelError } from '../../model/errors.ts'
import type { Context } from '../http/context.ts'

const codeOf = (error: unknown): string => (error instanceof PanelError ? error.code : '')

/** Whether an error leaves the outcome of a change open: the agent had it, and did not answer. */
const leavesOpen = (error: unknown): boolean => /^(?:agent_lost|agent_silent|outcome_unknown)$/.test(codeOf(error))

/** Whether an error says that this try did nothing, but not what an earlier one did. */
const saysNothing = (error: unknown): boolean =>
  leavesOpen(error) || ['agent_unreachable', 'too_late', 'mariadb_down'].includes(codeOf(error))

const unknown = (): PanelError =>
  new PanelError(
    'outcome_unknown',
    503,
    'The panel’s agent did not answer, so this may or may not be done. The panel asks again until it knows; ' +
      'check the state before you try again',
  )

/**
 * Asks for a change that may be asked for again. Retries once if the agent was killed: safe, because it rolls back when
 * it starts. If the agent is killed again, reads the state instead. Throws `outcome_unknown` if that fails too.
 */
export async function askSurely<T>(ask: () => Promise<T>, look?: () => Promise<T | null>): Promise<T> {
  const first = await attempt(ask)
  if ('value' in first) return first.value
  if (!leavesOpen(first.error)) throw first.error
  if (codeOf(first.error) !== 'agent_lost') throw unknown()
  const second = await attempt(ask)
  if ('value' in second) return second.value
  if (!saysNothing(second.error)) throw second.error
  if (codeOf(second.error) !== 'agent_lost' || !look) throw unknown()
  const found = await look().catch(() => {
    throw unknown()
  })
  if (found === null) throw second.error
  return found
}

const attempt = <T>(ask: () => Promise<T>): Promise<{ value: T } | { error: unknown }> =>
  ask().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )

/** One try to bring a change to its end. `again`: an earlier one may have done it. */
export interface DurableChange<T> {
  make: (again: boolean) => Promise<T>
  /** The change is made. */
  settle: () => void | Promise<void>
  /** The machine refused. */
  revert: () => void | Promise<void>
}

/** How long to wait before asking again (ms), longer each time. */
const RETRIES_MS = [500, 1_000, 2_000, 5_000, 15_000, 60_000]

async function tryOnce<T>({ make, settle, revert }: DurableChange<T>, again: boolean): Promise<T> {
  const tried = await attempt(() => make(again))
  if ('value' in tried) {
    await settle()
    return tried.value
  }
  if (codeOf(tried.error) !== 'outcome_unknown' && !(again && saysNothing(tried.error))) await revert()
  throw tried.error
}

async function goOn<T>(ctx: Context, change: DurableChange<T>): Promise<T> {
  for (let round = 0; ; round++) {
    await sleep(RETRIES_MS[Math.min(round, RETRIES_MS.length - 1)], undefined, { ref: false })
    if (!ctx.db.sqlite.open) throw unknown()
    try {
      await ctx.agent.call('health', {})
      return await tryOnce(change, true)
    } catch (error) {
      if (!saysNothing(error)) throw error
    }
  }
}

/**
 * Ends a change that the store has begun: settles it when it is made, reverts it when the machine refused. A change of
 * unknown outcome stays begun, and is asked for again until it is known; its caller gets `outcome_unknown` before that,
 * unless `untilKnown`.
 */
export async function completeChange<T>(
  ctx: Context,
  what: string,
  change: DurableChange<T>,
  untilKnown = false,
): Promise<T> {
  try {
    return await tryOnce(change, false)
  } catch (error) {
    if (codeOf(error) !== 'outcome_unknown') throw error
    const later = goOn(ctx, change)
    if (untilKnown) return await later
    void later.then(
      () => console.log(`${what}: the outcome is known now: done`),
      (reason: unknown) => console.error(`${what}: the outcome is known now: not done: ${String(reason)}`),
    )
    throw error
  }
}
