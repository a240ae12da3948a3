import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import { deleteCookie, setCookie, type H3Event } from 'h3'
import type { Identity } from '../../model/auth/identity.ts'
import type { Context } from '../http/context.ts'
import type { User } from '../store/users.ts'
import { noteFront } from './front.ts'
import { noteNetwork } from './known-networks.ts'
import { checkPasskey } from './passkey-sign-in.ts'
import { COOKIE, endSession, startSession } from './sessions.ts'
import { checkCredentials, type Credentials } from './sign-in.ts'

interface SessionInfo {
  username: string
  role: 'admin' | 'user'
  expiresAt: string | null
}

const cookie = { httpOnly: true, secure: true, sameSite: 'strict', path: '/' } as const

export const describeSession = ({
  username,
  role,
  expiresAt,
}: Pick<Identity, 'username' | 'role' | 'expiresAt'>): SessionInfo => ({
  username,
  role,
  expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
})

/** Checks the credentials and signs in. */
export async function signIn(
  ctx: Context,
  event: H3Event,
  credentials: Credentials,
  address: string,
  before: Identity | null,
): Promise<SessionInfo> {
  return open(ctx, event, await checkCredentials(ctx, credentials, address), address, before)
}

/** Checks a passkey's answer and signs in. */
export async function signInWithPasskey(
  ctx: Context,
  event: H3Event,
  response: AuthenticationResponseJSON,
  address: string,
  before: Identity | null,
): Promise<SessionInfo> {
  return open(ctx, event, await checkPasskey(ctx, event, response, address), address, before)
}

/** Ends the session one came with and starts a new one: its name changes whenever somebody proves who they are. */
async function open(
  ctx: Context,
  event: H3Event,
  user: User,
  address: string,
  before: Identity | null,
): Promise<SessionInfo> {
  if (before?.hasSession) await endSession(ctx, before.key)
  await noteNetwork(ctx, user.username, address)
  const agent = (event.req.headers.get('user-agent') ?? '').slice(0, 256)
  const { secret, expiresAt } = await startSession(ctx, user.username, { address, agent }, Date.now())
  // What a customer says of the way here is no reason to trust it.
  if (user.role === 'admin') noteFront(ctx, event)
  setCookie(event, COOKIE, secret, cookie)
  return describeSession({ ...user, expiresAt })
}

export async function signOut(ctx: Context, event: H3Event, identity: Identity): Promise<void> {
  if (identity.hasSession) await endSession(ctx, identity.key)
  deleteCookie(event, COOKIE, cookie)
}
