import * as v from 'valibot'
import { banMinutes, jailName, liveBan, visitorJails, type LiveBan } from '../../model/bans/schema.ts'
import { PanelError } from '../../model/errors.ts'
import { isLoopback, network, overlap } from '../../model/network.ts'
import type { Context } from '../http/context.ts'
import { serverNetworks, trustedEntries } from '../settings/trusted-networks.ts'
import { alignSoon } from './align.ts'
import { deleteManualBans, manualBans, noteManualBan } from './manual-bans.ts'
import { bansSpec } from './settings.ts'

/** A ban as people see it. */
export const ban = v.strictObject({
  ...liveBan.entries,
  /** User who banned manually; null when a log did. */
  by: v.nullable(v.string()),
})
export type Ban = v.InferOutput<typeof ban>

export const bans = v.strictObject({ bans: v.array(ban) })
export const newBan = v.strictObject({
  address: network,
  jail: v.optional(jailName, 'hosting-panel'),
  minutes: v.optional(banMinutes),
  confirm: v.optional(v.boolean(), false),
})
type NewBan = v.InferOutput<typeof newBan>

/** In an address of the web a network's slash is written %2F, and stays so on the way here. */
const networkInPath = v.pipe(
  v.string(),
  v.transform((text) => text.replace(/%2f/i, '/')),
  network,
)
export const banParams = v.strictObject({ address: networkInPath })
export const banQuery = v.strictObject({ jail: v.optional(jailName) })
export const ended = v.strictObject({ ended: v.number() })

/** Everybody who is banned, the latest first, and why. Throws `fail2ban_down`, `fail2ban_missing`. */
export async function listBans(ctx: Context): Promise<{ bans: Ban[] }> {
  const [{ bans: live }, hand, behind] = await Promise.all([
    ctx.agent.call('bans.list', {}),
    manualBans(ctx, Date.now()),
    areBehind(ctx),
  ])
  const all = live.map((entry) => {
    const own = hand.find(({ address, jail }) => address === entry.address && jail === entry.jail)
    const behindProxies = entry.behindProxies && (isOfPanel(entry) ? behind.panel : behind.sites)
    const by = own && entry.lines.length === 0 ? own.by : null
    return { ...entry, behindProxies, until: own?.until ?? entry.until, by }
  })
  return { bans: all.sort((a, b) => (b.since ?? '').localeCompare(a.since ?? '')) }
}

/** Whether there are proxies that visitors of the panel, and of some site, come by. */
const areBehind = async (ctx: Context): Promise<{ panel: boolean; sites: boolean }> => ({
  panel: (await serverNetworks(ctx)).length > 0,
  sites: (await trustedEntries(ctx)).size > 0,
})

const isOfPanel = ({ jail }: LiveBan): boolean => (visitorJails.panel as readonly string[]).includes(jail)

/** The bans of one address. */
export const bansOf = async (ctx: Context, address: string): Promise<Ban[]> =>
  (await listBans(ctx)).bans.filter((entry) => entry.address === address)

/**
 * Bans by hand, for the jail's own time or for `minutes`. Throws `never_banned`, `would_ban_yourself`,
 * `address_ignored`, `jail_not_running`, `fail2ban_down`.
 */
export async function banByHand(
  ctx: Context,
  { address, jail, minutes, confirm }: NewBan,
  who: { by: string; address: string },
): Promise<Ban> {
  await refuseUnwise(ctx, address, confirm, who.address)
  const { address: banned } = await ctx.agent.call('bans.ban', { address, jail })
  if (banned.includes('/')) alignSoon(ctx)
  const now = Date.now()
  const until = minutes ? new Date(now + minutes * 60_000).toISOString() : null
  await noteManualBan(ctx, { address: banned, jail, by: who.by, at: new Date(now).toISOString(), until })
  const found = (await listBans(ctx)).bans.find((entry) => entry.address === banned && entry.jail === jail)
  if (!found)
    throw new PanelError(
      'ban_not_live',
      503,
      `Fail2ban accepted the ban of ${address} but does not list it; look at /var/log/fail2ban.log`,
    )
  return found
}

async function refuseUnwise(ctx: Context, address: string, confirm: boolean, own: string): Promise<void> {
  if (isLoopback(address))
    throw new PanelError('never_banned', 422, `${address} is the server itself; it cannot be banned`)
  const mine = v.safeParse(network, own)
  if (mine.success && overlap(address, mine.output) && !confirm) {
    throw new PanelError(
      'would_ban_yourself',
      409,
      `${address} contains your own address (${mine.output}); send confirm: true to ban it anyway`,
    )
  }
  const { ignore, proxies } = await bansSpec(ctx)
  const proxy = proxies.find((entry) => overlap(entry, address))
  if (proxy)
    throw new PanelError(
      'address_ignored',
      409,
      `${proxy} is a proxy that this server or a site trusts, so a ban would hit its visitors. Ban the visitor’s own ` +
        'address, or remove the proxy from trustedProxies first',
    )
  const ignored = ignore.find((entry) => overlap(entry, address))
  if (ignored)
    throw new PanelError('address_ignored', 409, `${ignored} is on the list of addresses never banned; remove it first`)
}

/** Ends bans of an address, in one jail or in all. Throws `not_banned`. */
export async function endBan(ctx: Context, address: string, jail: string | null): Promise<v.InferOutput<typeof ended>> {
  const { ended: count } = await ctx.agent.call('bans.unban', { address, jail })
  if (address.includes('/')) alignSoon(ctx)
  const deleted = await deleteManualBans(ctx, { address, jail })
  if (count + deleted === 0)
    throw new PanelError('not_banned', 404, `${address} is not banned${jail ? ` by ${jail}` : ''}`)
  return { ended: count }
}
