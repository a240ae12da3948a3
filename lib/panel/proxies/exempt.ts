import { PanelError } from '../../model/errors.ts'
import { overlap } from '../../model/network.ts'
import { reapplyBans } from '../bans/jails.ts'
import type { Context } from '../http/context.ts'
import { trustedNetworks } from '../sites/trusted-networks.ts'

const KEY = 'bans.exempt'

/** Changes a site; proxies that it trusts from then on are never banned. */
export async function exempting<T>(ctx: Context, change: () => Promise<T>): Promise<T> {
  const answer = await change()
  await exempt(ctx)
  return answer
}

/**
 * Has Fail2ban know the proxies that sites trust, unless it knows them. The panel calls this again and again: a change
 * may end after its caller has left, and Fail2ban may be down.
 */
export async function exempt(ctx: Context): Promise<void> {
  const proxies = trustedNetworks(ctx)
  if (proxies.join() === ((await ctx.kv.get<string>(KEY, Date.now())) ?? '')) return
  try {
    await reapplyBans(ctx)
    const live = (await ctx.agent.call('bans.list', {})).bans
    for (const { address } of live.filter((ban) => proxies.some((proxy) => overlap(proxy, ban.address))))
      await ctx.agent.call('bans.unban', { address, jail: null })
  } catch (error) {
    if (!(error instanceof PanelError)) throw error
    console.error(`Fail2ban does not know yet the proxies that sites trust: ${error.message}`)
    // Where there is no Fail2ban nobody is banned.
    if (error.code !== 'fail2ban_missing') return
  }
  await ctx.kv.set(KEY, proxies.join(), null)
}
