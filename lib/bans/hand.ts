import type { Context } from '../function/context.ts'

const KEY = 'bans.by-hand'

/** How often bans by hand are looked at (ms): shorter than the shortest ban time of a jail. */
const LOOK = 45_000

/** A ban somebody wished for. Fail2ban knows one length for a whole jail, so the panel sees to other ones. */
export interface HandBan {
  address: string
  jail: string
  by: string
  at: string
  /** When it ends; null leaves that to the jail. */
  until: string | null
}

/** Bans by hand that still count; of those the jail ends, a day's. */
export async function handBans(ctx: Context, now: number): Promise<HandBan[]> {
  const all = (await ctx.kv.get<HandBan[]>(KEY, now)) ?? []
  return all.filter(({ at, until }) => (until ? Date.parse(until) : Date.parse(at) + 86_400_000) > now)
}

export async function noteHandBan(ctx: Context, ban: HandBan): Promise<void> {
  const others = (await handBans(ctx, Date.parse(ban.at))).filter(({ address, jail }) => address !== ban.address || jail !== ban.jail)
  await ctx.kv.set(KEY, [...others, ban], null)
}

/** Forgets those of an address, in one jail or in all. */
export async function forgetHandBans(ctx: Context, gone: { address: string; jail: string | null }): Promise<number> {
  const all = (await ctx.kv.get<HandBan[]>(KEY, Date.now())) ?? []
  const left = all.filter(({ address, jail }) => address !== gone.address || (gone.jail !== null && jail !== gone.jail))
  if (left.length < all.length) await ctx.kv.set(KEY, left, null)
  return all.length - left.length
}

/** Ends bans whose time is over and renews those Fail2ban would end too early. Asks the agent only when there are any. */
export async function keepHandBans(ctx: Context, now: number): Promise<void> {
  const all = ((await ctx.kv.get<HandBan[]>(KEY, now)) ?? []).filter(({ until }) => until !== null)
  for (const ban of all) {
    if (Date.parse(ban.until!) > now) continue
    await ctx.agent.call('bans.unban', { address: ban.address, jail: ban.jail }).catch(() => undefined)
    await forgetHandBans(ctx, ban)
  }
  const active = all.filter(({ until }) => Date.parse(until!) > now)
  if (active.length > 0) await ctx.agent.call('bans.renew', { bans: active.map(({ address, jail }) => ({ address, jail })) })
}

/** While the panel runs: keeps bans by hand as long as they were wished for. Fail2ban may be down; it is asked again. */
export function watchHandBans(ctx: Context): void {
  setInterval(() => void keepHandBans(ctx, Date.now()).catch(() => undefined), LOOK).unref()
}
