import { getCookie, type H3Event } from 'h3'
import type { Identity } from '../../model/auth/identity.ts'
import { roleMay, siteTokenMay } from '../../model/auth/scopes.ts'
import { ROOT } from '../../model/auth/usernames.ts'
import { PanelError } from '../../model/errors.ts'
import type { Context } from '../http/context.ts'
import { findUser } from '../store/users.ts'
import { bearerOf, readToken } from './bearer.ts'
import { COOKIE, readSession, type Session } from './sessions.ts'

/** Beginning of a token's key; its id follows. */
export const TOKEN_KEY = 'token:'

/** Whether a request carries the token of this server's root, which is nobody's account. */
export function isRoot(ctx: Context, event: H3Event): boolean {
  const bearer = bearerOf(event)
  return bearer !== null && readToken(ctx, bearer, new Date())?.username === null
}

/**
 * Finds the caller of a request; null for a stranger. A token that is not alive is refused rather than taken for a
 * stranger's request. Throws `token_invalid`.
 */
export async function identify(ctx: Context, event: H3Event): Promise<Identity | null> {
  const bearer = bearerOf(event)
  if (bearer !== null) return byToken(ctx, bearer)
  const secret = getCookie(event, COOKIE)
  const found = secret ? await readSession(ctx, secret, Date.now()) : null
  return found ? bySession(ctx, found.key, found.session, found.expiresAt) : null
}

/** The account is read again each time: what was taken away is gone at the next request. */
function bySession(ctx: Context, key: string, { username }: Session, expiresAt: number): Identity | null {
  const user = findUser(ctx.db, username)
  return (
    user && {
      username,
      role: user.role,
      key,
      hasSession: true,
      site: null,
      expiresAt,
      may: (scope) => roleMay(user.role, scope),
    }
  )
}

function byToken(ctx: Context, secret: string): Identity {
  const token = readToken(ctx, secret, new Date())
  const owner = token?.username == null ? null : findUser(ctx.db, token.username)
  if (!token || (token.username !== null && !owner))
    throw new PanelError('token_invalid', 401, 'This token is unknown, has expired or was removed')
  const { site, expiresAt } = token
  const role = owner?.role ?? 'admin'
  const may = (scope: string) => roleMay(role, scope) && token.scopes.includes(scope) && (!site || siteTokenMay(scope))
  return {
    username: owner?.username ?? ROOT,
    role,
    key: TOKEN_KEY + token.id,
    hasSession: false,
    site,
    expiresAt: expiresAt ? Date.parse(expiresAt) : null,
    may,
  }
}
