import * as v from 'valibot'
import type { Identity } from '../../model/auth/identity.ts'
import { PanelError } from '../../model/errors.ts'
import type { Context } from '../http/context.ts'
import { countDatabases } from '../store/databases.ts'
import { sitesOf } from '../store/sites.ts'
import { findUser } from '../store/users.ts'
import { toMb } from '../usage/limits.ts'
import { measureUser } from '../usage/measure.ts'
import { bytesOf, shareOf, type Share } from '../usage/users.ts'
import { limited, reached } from '../usage/room.ts'
import { getUser, limits } from './users.ts'

/** Use of a user now; disk in MiB, in all and by its kind. */
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

/** Use of a user, as last measured. */
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
  const toPart = (bytes: number) => toMb((sum += bytes)) - toMb(sum - bytes)
  return { sitesMb: toPart(sites), databasesMb: toPart(databases), dumpsMb: toPart(dumps), uploadsMb: toPart(uploads) }
}

/** Limits and use, as users see their own. */
export const ownUsage = v.strictObject({ username: v.string(), limits, usage })

/** The same of who asks. Throws `not_allowed` for a token of one site, `user_not_found` for root. */
export function readOwnUsage(ctx: Context, { username, site }: Identity): v.InferOutput<typeof ownUsage> {
  if (site !== null) throw new PanelError('not_allowed', 403, `This token is for the site ${site} alone`)
  const user = findUser(ctx.db, username)
  if (!user)
    throw new PanelError(
      'user_not_found',
      404,
      `${username} is not a user of the panel. Ask for a user: GET /api/users/{user}`,
    )
  return { username, limits: user.limits, usage: usageOf(ctx, username) }
}

/** The use of one user, measured now: the disk is read, which takes a moment a site. */
export async function userWithUsage(ctx: Context, username: string) {
  const user = getUser(ctx, username)
  await measureUser(ctx, username)
  return { ...user, usage: usageOf(ctx, username) }
}
