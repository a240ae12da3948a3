import type { Identity } from '../../model/auth/identity.ts'
import { PanelError } from '../../model/errors.ts'
import type { Context } from '../http/context.ts'
import { findUser } from '../store/users.ts'

/** Finds the owner of a new site: its maker, or whom an administrator says. Throws `not_allowed`, `user_not_found`. */
export function newOwner(ctx: Context, identity: Identity, wanted: string | null | undefined): string | null {
  if (identity.role === 'admin') return existing(ctx, wanted ?? null)
  if (wanted !== undefined && wanted !== identity.username) throw notYours()
  return identity.username
}

/** Finds the owner of a site from now on: only administrators give one away. */
export function changedOwner(
  ctx: Context,
  identity: Identity,
  current: string | null,
  wanted: string | null | undefined,
): string | null {
  if (wanted === undefined || wanted === current) return current
  if (identity.role !== 'admin') throw notYours()
  return existing(ctx, wanted)
}

function existing(ctx: Context, username: string | null): string | null {
  if (username !== null && !findUser(ctx.db, username))
    throw new PanelError('user_not_found', 404, 'There is no such user; add the user on the Users page first')
  return username
}

const notYours = (): PanelError => new PanelError('not_allowed', 403, 'Only administrators set the owner of a site')
