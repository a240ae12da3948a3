import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '../http/context.ts'

const RETRY_MS = 200

/** Has the agent end what it does for a job; what it was only just asked for is not known to it yet. */
export async function cancelTask(
  ctx: Context,
  operation: 'commands.cancel' | 'databases.cancel',
  task: string,
): Promise<void> {
  for (; ctx.jobs.isCancellable(task); await sleep(RETRY_MS))
    if ((await ctx.agent.call(operation, { task }).catch(() => null))?.found !== false) return
}
