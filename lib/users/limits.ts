import * as v from 'valibot'
import type { Identity } from '../auth/identify.ts'
import { PanelError } from '../errors.ts'
import type { Context } from '../function/context.ts'
import type { Allowance } from '../function/upload.ts'
import { MIB, toMb } from '../storage/limits.ts'
import { measurePerson } from '../storage/measure.ts'
import { bytesOf, mostOf, shareOf, type Share } from '../storage/people.ts'
import { countDatabases } from '../store/databases.ts'
import { sitesOf } from '../store/sites.ts'
import { findUser, type User } from '../store/users.ts'
import { getUser, limits } from './users.ts'

/** What a user has now; disk in MiB, in all and by what it is. */
export const usage = v.strictObject({
  sites: v.number(),
  databases: v.number(),
  diskMb: v.number(),
  files: v.number(),
  /** Whether a limit of disk or files is reached. */
  full: v.boolean(),
  parts: v.strictObject({ sitesMb: v.number(), databasesMb: v.number(), dumpsMb: v.number(), uploadsMb: v.number() }),
})
type Usage = v.InferOutput<typeof usage>

/** What a user has, as last measured. */
export function usageOf(ctx: Context, username: string): Usage {
  const share = shareOf(ctx, username)
  const user = limited(ctx, username)
  return {
    sites: sitesOf(ctx.db, username).length,
    databases: countDatabases(ctx.db, username),
    diskMb: toMb(bytesOf(share)),
    files: share.files,
    full: user !== null && reached(user, share) !== null,
    parts: partsOf(share),
  }
}

/** Rounded so that the parts add up to the whole. */
function partsOf({ sites, databases, dumps, uploads }: Share): Usage['parts'] {
  let sum = 0
  const toPart = (bytes: number) => toMb(sum += bytes) - toMb(sum - bytes)
  return { sitesMb: toPart(sites), databasesMb: toPart(databases), dumpsMb: toPart(dumps), uploadsMb: toPart(uploads) }
}

/** What somebody may have and uses, as they see it themselves. */
export const ownUsage = v.strictObject({ username: v.string(), limits, usage })

/** The same of who asks. Throws `not_allowed` for a token of one site, `user_not_found` for root. */
export function readOwnUsage(ctx: Context, { username, site }: Identity): v.InferOutput<typeof ownUsage> {
  if (site !== null) throw new PanelError('not_allowed', 403, `This token is for the site ${site} alone`)
  const user = findUser(ctx.db, username)
  if (!user) throw new PanelError('user_not_found', 404, `${username} is nobody’s account. Ask for a person’s: GET /api/users/{user}`)
  return { username, limits: user.limits, usage: usageOf(ctx, username) }
}

/** The use of one user, measured now: the disk is read, which takes a moment a site. */
export async function userWithUsage(ctx: Context, username: string) {
  const user = getUser(ctx, username)
  await measurePerson(ctx, username)
  return { ...user, usage: usageOf(ctx, username) }
}

/** Somebody who may not have as much as they want; null for all others. */
function limited(ctx: Context, username: string | null): User | null {
  const user = username === null ? null : findUser(ctx.db, username)
  return user && (user.limits.diskMb !== null || user.limits.files !== null) ? user : null
}

/** Bytes that somebody may still add, as last measured; null: as many as wanted. Throws `limit_reached` when they are full. */
export function roomOf(ctx: Context, username: string | null): number | null {
  const user = limited(ctx, username)
  if (!user) return null
  const share = shareOf(ctx, user.username)
  const use = reached(user, share)
  if (use) throw new PanelError('limit_reached', 403, `${user.username} ${use}. Ask the administrator for more, or remove something first`)
  const { bytes } = mostOf(user)
  return Number.isFinite(bytes) ? bytes - bytesOf(share) : null
}

/** Says which limit somebody has reached; null: none. */
function reached(user: User, share: Share): string | null {
  const [used, most] = [bytesOf(share), mostOf(user)]
  if (used >= most.bytes) return `uses ${toMb(used)} MB of disk and may use ${most.bytes / MIB} MB`
  return share.files >= most.files ? `has ${share.files} files and may have ${most.files}` : null
}

/** Measures what somebody has, and refuses them something new when they are full. Throws `limit_reached`. */
export async function refuseFullDisk(ctx: Context, username: string | null): Promise<void> {
  const user = limited(ctx, username)
  if (!user) return
  await measurePerson(ctx, user.username)
  roomOf(ctx, user.username)
}

/** What an upload for somebody may take. Throws `limit_reached` when they are full. */
export async function allowanceFor(ctx: Context, owner: string | null): Promise<Allowance> {
  await refuseFullDisk(ctx, owner)
  return { owner, room: () => (owner === null ? Infinity : roomForUploads(ctx, owner)) }
}

function roomForUploads(ctx: Context, owner: string): number {
  const user = limited(ctx, owner)
  if (!user) return Infinity
  const share = shareOf(ctx, owner)
  return mostOf(user).bytes - bytesOf(share) + share.uploads
}
