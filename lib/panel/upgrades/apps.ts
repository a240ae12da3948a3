import type { Context } from '../http/context.ts'

/** Restarts an app that has no connection open; requests that come meanwhile wake it. Answers whether it did. */
export async function restartUnlessBusy(ctx: Context, domain: string): Promise<boolean> {
  const { stopped } = await ctx.supervisor.call('stop', { domain, unlessBusy: true })
  if (stopped) await ctx.supervisor.call('start', { domain })
  return stopped
}
