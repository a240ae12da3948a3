import { PanelError } from '../../model/errors.ts'
import { overlap } from '../../model/network.ts'
import { resolveFronts } from '../auth/front.ts'
import { reapplyBans } from '../bans/jails.ts'
import type { Context } from '../http/context.ts'
import { serverNetworks, trustedNetworks } from '../settings/trusted-networks.ts'
import { areSpared, reapplyProxies } from './apply.ts'

const KEY = 'bans.exempt'

/** Changes a site or the server; proxies that are trusted from then on are never banned. */
export async function exempting<T>(ctx: Context, change: () => Promise<T>): Promise<T> {
  const answer = await change()
  await exempt(ctx)
  return answer
}

/**
 * Has the filter of connections and Fail2ban know the proxies that are trusted, unless they know them. The panel calls
 * this again and again: a change may end after its caller has left, and Fail2ban may be down.
 */
export async function exempt(ctx: Context): Promise<void> {
  const [proxies, own] = [await trustedNetworks(ctx), await serverNetworks(ctx)]
  resolveFronts(ctx, (address) => own.some((proxy) => overlap(proxy, address)))
  if (!(await areSpared(ctx))) await spare(ctx)
  if (proxies.join() === ((await ctx.kv.get<string>(KEY, Date.now())) ?? '')) return
  if (await endBans(ctx, proxies)) await ctx.kv.set(KEY, proxies.join(), null)
}

async function spare(ctx: Context): Promise<void> {
  try {
    await reapplyProxies(ctx)
  } catch (error) {
    if (!(error instanceof PanelError)) throw error
    tell(error.message)
  }
}

/** Tells Fail2ban, and has it let go of those that it has banned. Where there is none nobody is banned. */
async function endBans(ctx: Context, proxies: readonly string[]): Promise<boolean> {
  try {
    await reapplyBans(ctx)
    const live = (await ctx.agent.call('bans.list', {})).bans
    for (const { address } of live.filter((ban) => proxies.some((proxy) => overlap(proxy, ban.address))))
      await ctx.agent.call('bans.unban', { address, jail: null })
    return true
  } catch (error) {
    if (!(error instanceof PanelError)) throw error
    tell(error.message)
    return error.code === 'fail2ban_missing'
  }
}

/** Leaves what was refused to the next look. */
const tell = (message: string): void =>
  console.error(`The server does not know yet all proxies that are trusted: ${message}`)
