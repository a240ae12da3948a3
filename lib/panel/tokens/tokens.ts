import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import type { Identity } from '../../model/auth/identity.ts'
import { roleMay, scopes, siteTokenMay, type TokenScope } from '../../model/auth/scopes.ts'
import { forSessions, themselves } from '../../model/auth/set-by.ts'
import { ROOT } from '../../model/auth/usernames.ts'
import { domain } from '../../model/domain.ts'
import { PanelError } from '../../model/errors.ts'
import { hashSecret, newSecret, readToken } from '../auth/bearer.ts'
import { TOKEN_KEY } from '../auth/identify.ts'
import type { Context } from '../http/context.ts'
import { getSite } from '../sites/read.ts'
import { addToken, findToken, listTokens as listRows, removeRootTokens, removeToken } from '../store/tokens.ts'
import { findUser } from '../store/users.ts'

export const tokenScope = v.picklist(Object.keys(scopes) as [TokenScope, ...TokenScope[]])

/** A name a person gives to something of theirs: one line, no control characters. */
export const label = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1),
  v.maxLength(100),
  v.regex(/^[^\p{Cc}\p{Cf}]*$/u, 'Use no control characters'),
)

/** Body of POST /api/tokens. `expiresAt` is ISO 8601; without it the token never expires, or ends with its maker's. */
export const newToken = v.strictObject({
  name: label,
  scopes: v.pipe(
    v.array(tokenScope),
    v.minLength(1),
    v.maxLength(100),
    v.transform((all) => [...new Set(all)]),
  ),
  site: v.optional(domain),
  expiresAt: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  /** Owner of the new token. Only administrators make tokens for others, and no token does. */
  username: v.optional(forSessions(v.pipe(v.string(), v.maxLength(32)), { othersMay: themselves })),
})
type NewToken = v.InferOutput<typeof newToken>

/** A token as the API answers it: never its secret. */
export const token = v.strictObject({
  id: v.string(),
  username: v.nullable(v.string()),
  name: v.string(),
  hint: v.string(),
  scopes: v.array(v.string()),
  site: v.nullable(v.string()),
  /** The id of the token that made it, and that it ends with; null: a person. */
  madeBy: v.nullable(v.string()),
  createdAt: v.string(),
  expiresAt: v.nullable(v.string()),
  lastUsedAt: v.nullable(v.string()),
})
type TokenInfo = v.InferOutput<typeof token>

/** One's own tokens; everybody's for an administrator. */
export const listTokens = (ctx: Context, identity: Identity): TokenInfo[] =>
  listRows(ctx.db, identity.role === 'admin' ? null : identity.username)

/**
 * Makes a token and answers its secret, once. It never gives more than its maker and its owner may; what a token
 * makes is of its own site, ends with it or before, and goes with it. Throws `scope_not_allowed`, `user_not_found`,
 * `site_not_found`, `expiry_not_allowed`, `invalid_input`.
 */
export function createToken(ctx: Context, identity: Identity, input: NewToken): TokenInfo & { secret: string } {
  const { name, scopes: wanted, username = identity.username, site = identity.site ?? undefined } = input
  const owner = identity.role === 'admin' || username === identity.username ? findUser(ctx.db, username) : null
  if (!owner)
    throw new PanelError('user_not_found', 404, 'There is no such user; name the token’s owner with "username"')
  const denied = wanted.find(
    (scope) => !identity.may(scope) || !roleMay(owner.role, scope) || (site !== undefined && !siteTokenMay(scope)),
  )
  if (denied)
    throw new PanelError(
      'scope_not_allowed',
      403,
      `Such a token${site ? ' for one site' : ''} cannot have the scope ${denied}`,
    )
  if (site) getSite(ctx, site, { ...identity, username, role: owner.role })
  const madeBy = identity.hasSession || identity.username === ROOT ? null : identity.key.slice(TOKEN_KEY.length)
  const expiresAt = expiryOf(input.expiresAt, madeBy ? identity.expiresAt : null)
  return store(ctx, { username, name, scopes: wanted, site: site ?? null, madeBy, expiresAt })
}

/** When a new token ends; one that a token makes not after `latest`, its maker's end. */
function expiryOf(wanted: string | undefined, latest: number | null): string | null {
  const at = wanted === undefined ? latest : Date.parse(wanted)
  if (at !== null && at <= Date.now()) throw new PanelError('invalid_input', 422, 'expiresAt: Choose a future time')
  if (latest !== null && at! > latest) {
    throw new PanelError(
      'expiry_not_allowed',
      403,
      `A token cannot make a token that lives longer: choose ${new Date(latest).toISOString()} at the latest`,
    )
  }
  return at === null ? null : new Date(at).toISOString()
}

function store(
  ctx: Context,
  rest: Pick<TokenInfo, 'username' | 'name' | 'scopes' | 'site' | 'madeBy' | 'expiresAt'>,
): TokenInfo & { secret: string } {
  const { secret, hint } = newSecret()
  const made = { id: randomUUID(), hint, createdAt: new Date().toISOString(), ...rest }
  addToken(ctx.db, made, hashSecret(secret))
  return { ...made, lastUsedAt: null, secret }
}

/** One token. Throws `token_not_found`, also for another person's. */
export function getToken(ctx: Context, identity: Identity, id: string): TokenInfo {
  const found = findToken(ctx.db, id)
  if (!found || (identity.role !== 'admin' && found.username !== identity.username))
    throw new PanelError('token_not_found', 404, 'There is no such token')
  return found
}

/** Removes a token, and those it made. Throws `token_not_found`. */
export function deleteToken(ctx: Context, identity: Identity, id: string): void {
  getToken(ctx, identity, id)
  removeToken(ctx.db, id)
}

/** A new token for the server's root, in the place of the one before; answers its secret. */
function createRootToken(ctx: Context): string {
  removeRootTokens(ctx.db)
  return store(ctx, {
    username: null,
    name: 'Command line of the server',
    scopes: Object.keys(scopes),
    site: null,
    madeBy: null,
    expiresAt: null,
  }).secret
}

/** The root's token: `secret` again while it is alive and may do everything there is today, else a new one. */
export function rootToken(ctx: Context, secret: string): string {
  const known = secret ? readToken(ctx, secret, new Date()) : null
  const good = known?.username === null && Object.keys(scopes).every((scope) => known.scopes.includes(scope))
  return good ? secret : createRootToken(ctx)
}
