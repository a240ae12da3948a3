import { setTimeout as sleep } from 'node:timers/promises'
import { PanelError } from '../../model/errors.ts'
import { queue } from '../../model/protocol/queue.ts'
import type { Context } from '../http/context.ts'
import { carryThrough } from './outcome.ts'

const KEY = 'wish:'

/** How long to wait before asking an agent that does not answer again (ms). */
const PAUSE = 5_000

/** Makes changes of what there is only one of (settings, bans, the firewall) in turn: two at once would lose one. */
export const enqueue = queue()

/**
 * Makes the machine as desired. Throws when the agent refuses; then the machine is as before. `again`: it may be
 * true already.
 */
export type Apply<W, R> = (ctx: Context, desired: W, again: boolean) => Promise<R>

/** Changes whose outcome is not known yet. */
const open = new WeakMap<Context, Set<string>>()

/** Stores a desired state while it is made: a panel that dies finds it at its next start. Throws `change_pending`. */
export async function applyDurably<W, R>(
  ctx: Context,
  name: string,
  desired: W,
  apply: Apply<W, R>,
  patient = false,
): Promise<R> {
  const pending = open.get(ctx) ?? new Set()
  open.set(ctx, pending)
  if (pending.has(name)) {
    throw new PanelError(
      'change_pending',
      409,
      `The outcome of an earlier change of the ${name} is not known yet. ` +
        'Check the state in a moment, and try again then',
    )
  }
  await ctx.kv.set(KEY + name, desired, null)
  const forget = async () => {
    pending.delete(name)
    await ctx.kv.remove(KEY + name)
  }
  return carryThrough(
    ctx,
    `The change of the ${name}`,
    {
      make: async (again) => {
        pending.add(name)
        return apply(ctx, desired, again)
      },
      settle: forget,
      revert: forget,
    },
    patient,
  )
}

/**
 * At the panel's start: ends what the last one had begun, and says which. While the agent does not answer
 * nobody knows what the machine has, so it waits.
 */
export async function resumePending(ctx: Context, makers: Record<string, Apply<never, unknown>>): Promise<void> {
  for (const [name, apply] of Object.entries(makers)) {
    const desired = await ctx.kv.get<never>(KEY + name, Date.now())
    if (desired === null) continue
    while (!(await answers(ctx))) await sleep(PAUSE)
    await enqueue(() => applyDurably(ctx, name, desired, (_ctx, it: never) => apply(ctx, it, true), true)).then(
      () => console.log(`Ended the change of the ${name} that a restart had cut off`),
      (error: unknown) =>
        console.error(`The ${name} stay as before the change that a restart had cut off: ${String(error)}`),
    )
  }
}

const answers = (ctx: Context): Promise<boolean> =>
  ctx.agent.call('health', {}).then(
    () => true,
    () => false,
  )
