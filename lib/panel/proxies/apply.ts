import type { Ranges } from '../../model/sites/trusted-proxies.ts'
import type { Context } from '../http/context.ts'
import { askSurely } from '../pending-changes/outcome.ts'
import { enqueue } from '../pending-changes/pending-changes.ts'
import { readRanges, trustedNetworks } from '../settings/trusted-networks.ts'

const KEY = 'proxies.spared'

/** Makes the addresses of proxies live: whose they are, and that trusted ones may hold any number of connections. */
export async function applyProxies(ctx: Context, ranges: Ranges): Promise<void> {
  const trusted = await trustedNetworks(ctx, { known: ranges })
  await askSurely(() => ctx.agent.call('proxies.apply', { ranges, trusted }))
  await ctx.kv.set(KEY, trusted.join(), null)
}

/** The same for the addresses that are known, once more. */
export const reapplyProxies = (ctx: Context): Promise<void> => enqueue(async () => applyProxies(ctx, readRanges()))

/** Whether the machine spares these proxies the limit of connections already. */
export const areSpared = async (ctx: Context, trusted: readonly string[]): Promise<boolean> =>
  trusted.join() === ((await ctx.kv.get<string>(KEY, Date.now())) ?? '')
