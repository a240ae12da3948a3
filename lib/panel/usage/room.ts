import { PanelError } from '../../model/errors.ts'
import type { Context } from '../http/context.ts'
import type { Allowance } from '../http/upload.ts'
import { findUser, type User } from '../store/users.ts'
import { MIB, toMb } from './limits.ts'
import { measureUser } from './measure.ts'
import { bytesOf, mostOf, shareOf, type Share } from './users.ts'

/** Somebody who may not have as much as they want; null for all others. */
export function limited(ctx: Context, username: string | null): User | null {
  const user = username === null ? null : findUser(ctx.db, username)
  return user && (user.limits.diskMb !== null || user.limits.files !== null) ? user : null
}

/**
 * Bytes that somebody may still add, as last measured; null: as many as wanted. Throws `limit_reached` when they are
 * full.
 */
export function roomOf(ctx: Context, username: string | null): number | null {
  const user = limited(ctx, username)
  if (!user) return null
  const share = shareOf(ctx, user.username)
  const use = reached(user, share)
  if (use)
    throw new PanelError(
      'limit_reached',
      403,
      `${user.username} ${use}. Ask the administrator for more, or remove something first`,
    )
  const { bytes } = mostOf(user)
  return Number.isFinite(bytes) ? bytes - bytesOf(share) : null
}

/** Says which limit somebody has reached; null: none. */
export function reached(user: User, share: Share): string | null {
  const [used, most] = [bytesOf(share), mostOf(user)]
  if (used >= most.bytes) return `uses ${toMb(used)} MB of disk and may use ${most.bytes / MIB} MB`
  return share.files >= most.files ? `has ${share.files} files and may have ${most.files}` : null
}

/** Measures what somebody has, and refuses them something new when they are full. Throws `limit_reached`. */
export async function refuseFullDisk(ctx: Context, username: string | null): Promise<void> {
  const user = limited(ctx, username)
  if (!user) return
  await measureUser(ctx, user.username)
  roomOf(ctx, user.username)
}

/** Finds how much an upload may take. Throws `limit_reached` when its owner is full. */
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
