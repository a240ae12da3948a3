import type { Store } from './open.ts'

export interface Token {
  id: string
  /** Whose rights it has; null: the server's root. */
  username: string | null
  name: string
  /** Its first characters, to tell tokens apart. */
  hint: string
  scopes: string[]
  /** The only site it may touch; null: all its owner may. */
  site: string | null
  createdAt: string
  expiresAt: string | null
  lastUsedAt: string | null
}

interface Raw {
  id: string
  username: string | null
  name: string
  hint: string
  scopes: string
  site: string | null
  created_at: string
  expires_at: string | null
  last_used_at: string | null
}

const columns = 'id, username, name, hint, scopes, site, created_at, expires_at, last_used_at'

const toToken = ({ created_at, expires_at, last_used_at, scopes, ...rest }: Raw): Token => ({
  ...rest, scopes: JSON.parse(scopes) as string[], createdAt: created_at, expiresAt: expires_at, lastUsedAt: last_used_at,
})

/** A person's tokens; everybody's for null. The newest first. */
export function listTokens({ sqlite }: Store, username: string | null): Token[] {
  const rows = sqlite.prepare(`SELECT ${columns} FROM tokens WHERE ? IS NULL OR username = ? ORDER BY created_at DESC`).all(username, username)
  return (rows as Raw[]).map(toToken)
}

export function findToken({ sqlite }: Store, id: string): Token | null {
  const raw = sqlite.prepare(`SELECT ${columns} FROM tokens WHERE id = ?`).get(id) as Raw | undefined
  return raw ? toToken(raw) : null
}

/** The token with this hash, unless it has expired at `now` (ISO 8601). */
export function findLiveToken({ sqlite }: Store, hash: string, now: string): Token | null {
  const raw = sqlite.prepare(`SELECT ${columns} FROM tokens WHERE hash = ? AND (expires_at IS NULL OR expires_at > ?)`).get(hash, now)
  return raw ? toToken(raw as Raw) : null
}

export function addToken({ sqlite }: Store, token: Omit<Token, 'lastUsedAt'>, hash: string): void {
  sqlite.prepare('INSERT INTO tokens (id, username, name, hint, hash, scopes, site, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
    .run(token.id, token.username, token.name, token.hint, hash, JSON.stringify(token.scopes), token.site, token.createdAt, token.expiresAt)
}

export function noteTokenUse({ sqlite }: Store, id: string, at: string): void {
  sqlite.prepare('UPDATE tokens SET last_used_at = ? WHERE id = ?').run(at, id)
}

export function removeToken({ sqlite }: Store, id: string): void {
  sqlite.prepare('DELETE FROM tokens WHERE id = ?').run(id)
}

/** Removes the tokens of the server's root; a new one takes their place. */
export function removeRootTokens({ sqlite }: Store): void {
  sqlite.prepare('DELETE FROM tokens WHERE username IS NULL').run()
}
