import * as v from 'valibot'
import { PanelError } from '../errors.ts'
import type { Context } from '../function/context.ts'
import type { Allowance } from '../function/upload.ts'
import { MIB, toMb } from '../storage/limits.ts'
import { measurePerson } from '../storage/measure.ts'
import { bytesOf, mostOf, shareOf } from '../storage/people.ts'
import { countDatabases } from '../store/databases.ts'
import { sitesOf } from '../store/sites.ts'
import { findUser } from '../store/users.ts'
import { getUser } from './users.ts'

/** What a user has now; disk in MiB, in all and by what it is. */
export const usage = v.strictObject({
  sites: v.number(),
  databases: v.number(),
  diskMb: v.number(),
  files: v.number(),
  parts: v.strictObject({ sitesMb: v.number(), databasesMb: v.number(), dumpsMb: v.number(), uploadsMb: v.number() }),
})
type Usage = v.InferOutput<typeof usage>

/** What a user has, as last measured. */
export function usageOf(ctx: Context, username: string): Usage {
  const share = shareOf(ctx, username)
  return {
    sites: sitesOf(ctx.db, username).length,
    databases: countDatabases(ctx.db, username),
    diskMb: toMb(bytesOf(share)),
    files: share.files,
    parts: {
      sitesMb: toMb(share.sites), databasesMb: toMb(share.databases),
      dumpsMb: toMb(share.dumps), uploadsMb: toMb(share.uploads),
    },
  }
}

/** The same, measured now: the disk is read, which takes a moment a site. */
export async function userWithUsage(ctx: Context, username: string) {
  const user = getUser(ctx, username)
  await measurePerson(ctx, username)
  return { ...user, usage: usageOf(ctx, username) }
}

/** Refuses something new to those who have used their share of the disk up. Throws `limit_reached`. */
export async function refuseFullDisk(ctx: Context, username: string): Promise<void> {
  const user = findUser(ctx.db, username)
  if (!user || (user.limits.diskMb === null && user.limits.files === null)) return
  await measurePerson(ctx, username)
  const [share, most] = [shareOf(ctx, username), mostOf(user)]
  if (bytesOf(share) >= most.bytes) throw limitReached(username, `uses ${toMb(bytesOf(share))} MB of disk and may use ${most.bytes / MIB} MB`)
  if (share.files >= most.files) throw limitReached(username, `has ${share.files} files and may have ${most.files}`)
}

/** Bytes that somebody may still add; null: as many as wanted. Throws `limit_reached` when there is no room. */
export async function roomOf(ctx: Context, username: string | null): Promise<number | null> {
  const user = username === null ? null : findUser(ctx.db, username)
  if (!user || user.limits.diskMb === null) return null
  await refuseFullDisk(ctx, user.username)
  return mostOf(user).bytes - bytesOf(shareOf(ctx, user.username))
}

/** What an upload for somebody may take, with all others that are running for them. Throws `limit_reached`. */
export async function allowanceFor(ctx: Context, owner: string | null): Promise<Allowance> {
  const room = await roomOf(ctx, owner)
  return { owner, room: room === null ? Infinity : room + shareOf(ctx, owner!).uploads }
}

export const limitReached = (username: string, use: string): PanelError =>
  new PanelError('limit_reached', 403, `${username} ${use}. Ask the administrator for more, or remove something first`)
