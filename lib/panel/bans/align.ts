import type { Context } from '../http/context.ts'
import { trustedEntries } from '../settings/trusted-networks.ts'

/** Has nginx hold the bans of visitors as Fail2ban does, where there are proxies that visitors come by. */
export async function alignBans(ctx: Context): Promise<number> {
  if ((await trustedEntries(ctx)).size === 0) return 0
  return (await ctx.agent.call('proxies.align', {})).changes.length
}

/** How long bans of networks are gathered (ms): nginx reloads for them. */
const GATHERING_MS = 3_000

const waiting = new WeakSet<Context>()

/** The same in a moment, once for all networks that are banned meanwhile; a hook sees to what fails. */
export function alignSoon(ctx: Context): void {
  if (waiting.has(ctx)) return
  waiting.add(ctx)
  setTimeout(() => {
    waiting.delete(ctx)
    alignBans(ctx).catch((error: unknown) => console.error('Bans of networks are not in nginx yet:', error))
  }, GATHERING_MS).unref()
}
