import type { Ranges } from '../../model/sites/trusted-proxies.ts'
import type { Context } from '../http/context.ts'
import { askSurely } from '../pending-changes/outcome.ts'
import { enqueue } from '../pending-changes/pending-changes.ts'
import { readRanges, serverNetworks, trustedNetworks } from '../settings/trusted-networks.ts'

const KEY = 'proxies.spared'

/** Proxies that may hold any number of connections, to sites and to the panel. */
const toSpare = async (ctx: Context, known: Ranges): Promise<{ sites: string[]; panel: string[] }> => ({
  sites: await trustedNetworks(ctx, { known }),
  panel: await serverNetworks(ctx, known),
})

/** Makes the addresses of proxies live: whose they are, and that trusted ones may hold any number of connections. */
export async function applyProxies(ctx: Context, ranges: Ranges): Promise<void> {
  const trusted = await toSpare(ctx, ranges)
  await askSurely(() => ctx.agent.call('proxies.apply', { ranges, trusted }))
  await ctx.kv.set(KEY, JSON.stringify(trusted), null)
}

/** The same for the addresses that are known, once more. */
export const reapplyProxies = (ctx: Context): Promise<void> => enqueue(async () => applyProxies(ctx, readRanges()))

/** Whether the machine spares the proxies that are trusted the limit of connections already. */
export async function areSpared(ctx: Context): Promise<boolean> {
  const trusted = JSON.stringify(await toSpare(ctx, readRanges()))
  return trusted === ((await ctx.kv.get<string>(KEY, Date.now())) ?? JSON.stringify({ sites: [], panel: [] }))
}
