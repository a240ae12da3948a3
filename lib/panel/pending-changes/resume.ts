import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '../http/context.ts'
import { findPending, listPending, type Kind, type PendingChange } from '../store/pending-changes.ts'

/** How long to wait before asking an agent that does not answer again (ms). */
const RETRY_MS = 5_000

/** How changes of one kind are brought to their end. */
export interface Maker {
  /** Settles the change, or reverts it and throws the machine's reason. */
  finish: (ctx: Context, change: PendingChange) => Promise<unknown>
  /** Whether the machine can be asked; without it: whether the agent answers. */
  answers?: (ctx: Context) => Promise<boolean>
}

/**
 * At the panel's start: ends what the last one had begun, and says which. While the agent does not answer nobody knows
 * what the machine has, so nothing is reverted: it waits.
 */
export async function resumePending(ctx: Context, makers: Partial<Record<Kind, Maker>>): Promise<void> {
  for (const [kind, maker] of Object.entries(makers)) await resumeKind(ctx, kind as Kind, maker)
}

async function resumeKind(ctx: Context, kind: Kind, { finish, answers = agentAnswers }: Maker): Promise<void> {
  while (listPending(ctx.db, kind).length > 0 && !(await answers(ctx))) await sleep(RETRY_MS)
  for (const { name } of listPending(ctx.db, kind)) {
    const pending = findPending(ctx.db, kind, name)
    if (pending) await finishOne(ctx, pending, finish)
  }
}

async function finishOne(ctx: Context, pending: PendingChange, finish: Maker['finish']): Promise<void> {
  const { name, change } = pending
  try {
    await finish(ctx, pending)
    console.log(`${name}: ended the ${change} that a restart had cut off`)
  } catch (error) {
    console.error(`${name}: went back to before the ${change} that a restart had cut off: ${String(error)}`)
  }
}

const agentAnswers = (ctx: Context): Promise<boolean> =>
  ctx.agent.call('health', {}).then(
    () => true,
    () => false,
  )
