import type { Context } from '../http/context.ts'
import { trustedEntries } from '../settings/trusted-networks.ts'

/** Has nginx hold the bans of visitors as Fail2ban does, where there are proxies that visitors come by. */
export async function alignBans(ctx: Context): Promise<number> {
  if ((await trustedEntries(ctx)).size === 0) return 0
  return (await ctx.agent.call('bans.align', {})).changes.length
}
