import * as v from 'valibot'
import { PanelError } from '../errors.ts'
import type { Context } from '../function/context.ts'
import { databasesOf } from '../store/databases.ts'
import { sitesOf } from '../store/sites.ts'
import { findUser } from '../store/users.ts'
import { getUser } from './users.ts'

/** What a user has now; disk in MiB. */
export const usage = v.strictObject({ sites: v.number(), databases: v.number(), diskMb: v.number() })
type Usage = v.InferOutput<typeof usage>

/** Measures what a user has; the disk is read, which takes a moment a site. */
export async function usageOf(ctx: Context, username: string): Promise<Usage> {
  const domains = sitesOf(ctx.db, username)
  const { sites: measured } = domains.length > 0 ? await ctx.agent.call('sites.usage', { domains }) : { sites: [] }
  const bytes = measured.map((each) => each.bytes)
  const names = databasesOf(ctx.db, username)
  const { usage: stored } = names.length > 0 ? await ctx.agent.call('databases.usage', { names }) : { usage: [] }
  const all = [...bytes, ...stored.map((each) => each.bytes)].reduce((sum, each) => sum + each, 0)
  return { sites: domains.length, databases: names.length, diskMb: Math.ceil(all / 1024 / 1024) }
}

export async function userWithUsage(ctx: Context, username: string) {
  return { ...getUser(ctx, username), usage: await usageOf(ctx, username) }
}

/** Refuses something new to who has used their share of the disk up. Throws `limit_reached`. */
export async function refuseFullDisk(ctx: Context, username: string): Promise<void> {
  const most = findUser(ctx.db, username)?.limits.diskMb ?? null
  if (most === null) return
  const { diskMb } = await usageOf(ctx, username)
  if (diskMb >= most) throw new PanelError('limit_reached', 403, `${username} uses ${diskMb} MB of disk and may use ${most} MB. Ask the administrator for more, or remove something first`)
}
