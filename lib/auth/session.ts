import { deleteCookie, setCookie, type H3Event } from 'h3'
import type { Context } from '../function/context.ts'
import type { Identity } from './identify.ts'
import { COOKIE, endSession, startSession } from './sessions.ts'
import { checkCredentials } from './sign-in.ts'

interface SessionInfo {
  username: string
  role: 'admin' | 'user'
  expiresAt: string
}

const cookie = { httpOnly: true, secure: true, sameSite: 'strict', path: '/' } as const

export const describeSession = ({ username, role, expiresAt }: Omit<Identity, 'may' | 'session'>): SessionInfo =>
  ({ username, role, expiresAt: new Date(expiresAt).toISOString() })

/** Checks the credentials, ends the session one came with, and starts a new one: its name changes at each sign-in. */
export async function signIn(
  ctx: Context, event: H3Event, { username, password }: { username: string; password: string }, address: string, before: Identity | null,
): Promise<SessionInfo> {
  const user = await checkCredentials(ctx, username, password, address)
  if (before) await endSession(ctx, before.session)
  const { secret, expiresAt } = await startSession(ctx, user.username, Date.now())
  setCookie(event, COOKIE, secret, cookie)
  return describeSession({ ...user, expiresAt })
}

export async function signOut(ctx: Context, event: H3Event, identity: Identity): Promise<void> {
  await endSession(ctx, identity.session)
  deleteCookie(event, COOKIE, cookie)
}
