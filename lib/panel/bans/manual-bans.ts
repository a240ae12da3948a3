import { isClockInDoubt } from '../alerts/clock.ts'
import type { Context } from '../http/context.ts'
import { enqueue } from '../pending-changes/pending-changes.ts'

const KEY = 'bans.by-hand'

/** How often bans by hand are looked at (ms): shorter than the shortest ban time of a jail. */
const POLL_MS = 45_000

/** A ban that somebody asked for. Fail2ban knows one length for a whole jail, so the panel sees to other ones. */
export interface ManualBan {
  address: string
  jail: string
  by: string
  at: string
  /** When it ends; null leaves that to the jail. */
  until: string | null
}

const DAY = 86_400_000

const read = async (ctx: Context): Promise<ManualBan[]> => (await ctx.kv.get<ManualBan[]>(KEY, Date.now())) ?? []

/**
 * All that are kept: those that are over too, for a day, until Fail2ban has let go of them; and all while the clock may
 * be wrong.
 */
const kept = async (ctx: Context, now: number): Promise<ManualBan[]> =>
  (await read(ctx)).filter(({ at, until }) => Date.parse(until ?? at) + DAY > now || isClockInDoubt(ctx))

const counts = ({ until }: ManualBan, now: number): boolean => until === null || Date.parse(until) > now

/** Bans by hand that still count; of those the jail ends, a day's. */
export const manualBans = async (ctx: Context, now: number): Promise<ManualBan[]> =>
  (await kept(ctx, now)).filter((ban) => counts(ban, now))

export const noteManualBan = (ctx: Context, ban: ManualBan): Promise<void> =>
  enqueue(async () => {
    const others = (await kept(ctx, Date.parse(ban.at))).filter(
      ({ address, jail }) => address !== ban.address || jail !== ban.jail,
    )
    await ctx.kv.set(KEY, [...others, ban], null)
  })

/** Deletes those of an address, in one jail or in all. */
export const deleteManualBans = (ctx: Context, gone: { address: string; jail: string | null }): Promise<number> =>
  enqueue(async () => {
    const all = await read(ctx)
    const left = all.filter(
      ({ address, jail }) => address !== gone.address || (gone.jail !== null && jail !== gone.jail),
    )
    if (left.length < all.length) await ctx.kv.set(KEY, left, null)
    return all.length - left.length
  })

/** Has bans begin now that are still to begin, by a clock that was ahead. */
export const correctManualBans = (ctx: Context, now: number): Promise<void> =>
  enqueue(async () => {
    const all = await read(ctx)
    const isLater = ({ at }: ManualBan) => Date.parse(at) > now
    if (all.some(isLater))
      await ctx.kv.set(
        KEY,
        all.map((ban) => (isLater(ban) ? from(ban, now) : ban)),
        null,
      )
  })

const from = ({ at, until, ...ban }: ManualBan, now: number): ManualBan => ({
  ...ban,
  at: new Date(now).toISOString(),
  until: until && new Date(now + Date.parse(until) - Date.parse(at)).toISOString(),
})

/**
 * Ends bans whose time is over and renews those Fail2ban would end too early. Asks the agent only when there are any.
 * What a Fail2ban that is down does not let go is asked of it again: it would remember the ban when it is back.
 */
export async function renewManualBans(ctx: Context, now: number): Promise<void> {
  const all = (await kept(ctx, now)).filter(({ until }) => until !== null)
  const over = isClockInDoubt(ctx) ? [] : all.filter((each) => !counts(each, now))
  for (const ban of over) {
    await ctx.agent.call('bans.unban', { address: ban.address, jail: ban.jail }).then(
      () => deleteManualBans(ctx, ban),
      () => undefined,
    )
  }
  const active = all.filter((each) => counts(each, now))
  if (active.length > 0)
    await ctx.agent.call('bans.renew', { bans: active.map(({ address, jail }) => ({ address, jail })) })
}

/** While the panel runs: keeps manual bans as long as they were asked for. Fail2ban may be down; it is asked again. */
export function watchManualBans(ctx: Context): void {
  setInterval(() => void renewManualBans(ctx, Date.now()).catch(() => undefined), POLL_MS).unref()
}
