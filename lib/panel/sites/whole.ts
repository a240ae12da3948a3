import type { Context } from '../http/context.ts'

/** Work under way: changes of one site or database each, and the last convergence of the whole server in line. */
interface Running {
  changes: Set<Promise<unknown>>
  whole: Promise<unknown>
}

const running = new WeakMap<Context, Running>()

function runningOf(ctx: Context): Running {
  const found = running.get(ctx) ?? { changes: new Set(), whole: Promise.resolve() }
  running.set(ctx, found)
  return found
}

/**
 * Does something once no convergence of the whole server is under way or waits: it carries a list of all sites and
 * databases, and would make again one that was deleted meanwhile.
 */
export async function afterWhole<T>(ctx: Context, work: () => Promise<T>): Promise<T> {
  const state = runningOf(ctx)
  for (let seen; seen !== state.whole;) await (seen = state.whole)
  return work()
}

/** Changes one site or database, beside other such changes; a convergence of the whole server waits for its end. */
export const changeOne = <T>(ctx: Context, work: () => Promise<T>): Promise<T> =>
  afterWhole(ctx, () => {
    const { changes } = runningOf(ctx)
    const change = work()
    const ended: Promise<unknown> = change.catch(() => undefined).finally(() => changes.delete(ended))
    changes.add(ended)
    return change
  })

/** Converges the whole server, with no change of one site or database under way. The list is to be made in `work`. */
export function changeWhole<T>(ctx: Context, work: () => Promise<T>): Promise<T> {
  const state = runningOf(ctx)
  const whole = state.whole.then(() => Promise.all(state.changes)).then(work)
  state.whole = whole.catch(() => undefined)
  return whole
}
