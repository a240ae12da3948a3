import { ageOf, type AgeOf } from '../../model/clock.ts'
import { isClockInDoubt, tellClock } from '../alerts/clock.ts'
import { correctManualBans } from '../bans/manual-bans.ts'
import type { Context } from '../http/context.ts'
import { correctLastingTimes, correctStoredTimes } from './stored-times.ts'

/** How the panel notices that the clock was set (ms). */
const POLL_MS = 5_000
const STEP_MS = 10_000

/** Reads how ages are counted: by the time that the server ran, whatever its clock says. */
export const readAges = async (ctx: Context): Promise<AgeOf> => ageOf(await ctx.agent.call('clock.follow', {}))

/**
 * Corrects what was stored of times that are still to come, has the agent look at the clock, and raises or ends alerts.
 * Done each minute, and at once when the clock was set.
 */
export async function followClock(ctx: Context, now: Date): Promise<void> {
  correctStoredTimes(ctx.db, now.getTime())
  tellClock(ctx, await ctx.agent.call('clock.follow', {}), now)
  if (isClockInDoubt(ctx)) return
  correctLastingTimes(ctx.db, now.getTime())
  await correctManualBans(ctx, now.getTime())
}

/** While the panel runs: notices by the monotonic clock that the other one was set. */
export function watchClock(ctx: Context): void {
  const offset = () => Date.now() - performance.now()
  const follow = () =>
    followClock(ctx, new Date()).catch((error: unknown) => console.error('The clock could not be followed:', error))
  let before = offset()
  void follow()
  setInterval(() => {
    const now = offset()
    if (Math.abs(now - before) < STEP_MS) return
    before = now
    void follow()
  }, POLL_MS).unref()
}
