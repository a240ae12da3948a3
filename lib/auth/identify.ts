import { getCookie, type H3Event } from 'h3'
import type { Context } from '../function/context.ts'
import { findUser } from '../store/users.ts'
import { COOKIE, readSession, type Session } from './sessions.ts'

/** Who asks. API tokens will be a second way to become one; what comes after does not ask which it was. */
export interface Identity {
  username: string
  role: 'admin' | 'user'
  /** The stored name of the session, for limits and for ending it. */
  session: string
  expiresAt: number
  may: (scope: string) => boolean
}

/** The person behind a request's session cookie; null without one that is alive. */
export async function identify(ctx: Context, event: H3Event): Promise<Identity | null> {
  const secret = getCookie(event, COOKIE)
  const found = secret ? await readSession(ctx, secret, Date.now()) : null
  return found ? toIdentity(ctx, found.key, found.session, found.expiresAt) : null
}

/** The account is read again each time: what was taken away is gone at the next request. */
function toIdentity(ctx: Context, key: string, { username }: Session, expiresAt: number): Identity | null {
  const user = findUser(ctx.db, username)
  // Everybody may end their own session.
  const may = (scope: string) => user?.role === 'admin' || scope === 'session'
  return user && { username, role: user.role, session: key, expiresAt, may }
}
