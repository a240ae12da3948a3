import { createHash, randomBytes } from 'node:crypto'
import type { Context } from '../http/context.ts'

export const COOKIE = '__Host-session'

const HOUR = 3_600_000
/** A session ends after this long without a request, and after this long in any case (ms). */
const IDLE_TIMEOUT_MS = 12 * HOUR
const SESSION_TIMEOUT_MS = 7 * 24 * HOUR
/** How stale `lastSeen` may be: writing it at each request would cost one write a request (ms). */
const GRAIN_MS = 60_000

const PREFIX = 'session:'

/** Where somebody signed in: the address, and what their browser calls itself. */
export interface Device {
  address: string
  agent: string
}

export interface Session extends Device {
  username: string
  createdAt: number
  lastSeen: number
}

/** Only the hash is stored: who reads the database cannot sign in with it. */
const keyOf = (secret: string): string => PREFIX + createHash('sha256').update(secret).digest('hex')

/** Names a session in lists: a part of its stored name, which opens nothing. */
export const idOf = (key: string): string => key.slice(PREFIX.length, PREFIX.length + 16)

const expiry = ({ createdAt, lastSeen }: Session): number =>
  Math.min(createdAt + SESSION_TIMEOUT_MS, lastSeen + IDLE_TIMEOUT_MS)

/** Starts a session. Answers the cookie's value and its end (ms since 1970). */
export async function startSession(
  ctx: Context,
  username: string,
  device: Device,
  now: number,
): Promise<{ secret: string; expiresAt: number }> {
  const secret = randomBytes(32).toString('base64url')
  const session: Session = { username, ...device, createdAt: now, lastSeen: now }
  await ctx.kv.set(keyOf(secret), session, expiry(session))
  return { secret, expiresAt: expiry(session) }
}

export async function readSession(
  ctx: Context,
  secret: string,
  now: number,
): Promise<{ key: string; session: Session; expiresAt: number } | null> {
  const key = keyOf(secret)
  const session = await ctx.kv.get<Session>(key, now)
  if (!session) return null
  if (now - session.lastSeen > GRAIN_MS) {
    session.lastSeen = now
    ctx.kv.update(key, session, expiry(session))
  }
  return { key, session, expiresAt: expiry(session) }
}

export const endSession = (ctx: Context, key: string): Promise<void> => ctx.kv.remove(key)

/** A person's sessions that are alive, by their stored names. */
export function sessionsOf(
  ctx: Context,
  username: string,
  now: number,
): { key: string; session: Session; expiresAt: number }[] {
  return ctx.kv
    .list<Session>(PREFIX, now)
    .filter(({ value }) => value.username === username)
    .map(({ key, value }) => ({ key, session: value, expiresAt: expiry(value) }))
}

/**
 * Ends a person's sessions, all but `except`; answers how many. Those that are over go too: a clock that is ahead would
 * leave them for the time when it is right again.
 */
export async function endSessions(ctx: Context, username: string, except?: string): Promise<number> {
  const ended = sessionsOf(ctx, username, 0).filter(({ key }) => key !== except)
  for (const { key } of ended) await endSession(ctx, key)
  return ended.length
}
