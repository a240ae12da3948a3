import { PanelError } from '../../model/errors.ts'
import { overlap } from '../../model/network.ts'
import { reapplyBans } from '../bans/jails.ts'
import type { Context } from '../http/context.ts'
import { trustedNetworks } from '../sites/trusted-networks.ts'

/** Changes a site; proxies that it trusts from then on are never banned. */
export async function exempting<T>(ctx: Context, change: () => Promise<T>): Promise<T> {
  const before = trustedNetworks(ctx).join()
  const answer = await change()
  if (trustedNetworks(ctx).join() !== before) await exempt(ctx)
  return answer
}

/** Where Fail2ban does not run nobody is banned: it is told when the whole server converges, and the drift shows it. */
export async function exempt(ctx: Context): Promise<void> {
  try {
    await reapplyBans(ctx)
    const live = (await ctx.agent.call('bans.list', {})).bans
    const proxies = trustedNetworks(ctx)
    for (const { address } of live.filter((ban) => proxies.some((proxy) => overlap(proxy, ban.address))))
      await ctx.agent.call('bans.unban', { address, jail: null })
  } catch (error) {
    if (!(error instanceof PanelError)) throw error
    console.error(`Fail2ban does not know the proxies that sites trust yet: ${error.message}`)
  }
}
