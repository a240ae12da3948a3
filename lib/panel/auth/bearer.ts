import { createHash, randomBytes } from 'node:crypto'
import type { H3Event } from 'h3'
import type { Context } from '../http/context.ts'
import { findLiveToken, noteTokenUse, type Token } from '../store/tokens.ts'

/** Beginning of every token, so that people and scanners of leaked secrets recognise one. */
const PREFIX = 'hp_'

/** How stale `lastUsedAt` may be: writing it at each request would cost one write a request (ms). */
const GRAIN_MS = 60_000

/** 256 random bits need no slow hash: nobody guesses them, with or without the database. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** A new secret and what of it may be shown later. */
export function newSecret(): { secret: string; hint: string } {
  const secret = PREFIX + randomBytes(32).toString('base64url')
  return { secret, hint: secret.slice(0, PREFIX.length + 5) }
}

/** The secret in `Authorization: Bearer`; null without one. */
export function bearerOf(event: H3Event): string | null {
  return /^Bearer +(\S{1,200}) *$/i.exec(event.req.headers.get('authorization') ?? '')?.[1] ?? null
}

/** The token that is alive with this secret. */
export function readToken(ctx: Context, secret: string, now: Date): Token | null {
  const token = findLiveToken(ctx.db, hashSecret(secret), now.toISOString())
  if (token && now.getTime() - Date.parse(token.lastUsedAt ?? token.createdAt) > GRAIN_MS)
    noteTokenUse(ctx.db, token.id, now.toISOString())
  return token
}
