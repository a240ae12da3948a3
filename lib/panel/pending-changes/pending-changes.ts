import { PanelError } from '../../model/errors.ts'
import { queue } from '../../model/protocol/queue.ts'
import type { Context } from '../http/context.ts'
import { beginPending, endPending, findPending, type Kind } from '../store/pending-changes.ts'
import { completeChange } from './outcome.ts'
import type { Maker } from './resume.ts'

/** Kinds of which a server has only one. */
export type Single = Exclude<Kind, 'site' | 'database'>

/** Makes changes of what there is only one of in turn: two at once would lose one. */
export const enqueue = queue()

/**
 * Makes the machine as desired. Throws when the agent refuses; then the machine is as before. `again`: it may be
 * true already.
 */
export type Apply<W, R> = (ctx: Context, desired: W, again: boolean) => Promise<R>

/** Notes a desired state while it is made: a panel that dies finds it at its next start. Throws `change_pending`. */
export async function applyDurably<W, R>(
  ctx: Context,
  kind: Single,
  desired: W,
  apply: Apply<W, R>,
  untilKnown = false,
): Promise<R> {
  if (!beginPending(ctx.db, { kind, name: kind, change: 'update', desired })) {
    throw new PanelError(
      'change_pending',
      409,
      `The outcome of an earlier change of the ${kind} is not known yet. ` +
        'Check the state in a moment, and try again then',
    )
  }
  return complete(ctx, kind, (again) => apply(ctx, desired, again), untilKnown)
}

function complete<R>(
  ctx: Context,
  kind: Single,
  make: (again: boolean) => Promise<R>,
  untilKnown: boolean,
): Promise<R> {
  const end = () => endPending(ctx.db, kind, kind)
  return completeChange(ctx, `The change of the ${kind}`, { make, settle: end, revert: end }, untilKnown)
}

/** Ends a change of what there is only one of that a restart had cut off. */
export const single = <W>(kind: Single, apply: Apply<W, unknown>): Maker => ({
  finish: (ctx) =>
    enqueue(async () => {
      // A change that is made as the panel starts has ended by its turn, and others may have followed it.
      const pending = findPending(ctx.db, kind, kind)
      if (pending) await complete(ctx, kind, () => apply(ctx, pending.desired as W, true), true)
    }),
})
