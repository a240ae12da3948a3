import type { Store } from './open.ts'

export interface Token {
  id: string
  /** Owner of its rights; null: the server's root. */
  username: string | null
  name: string
  /** Its first characters, to tell tokens apart. */
  hint: string
  scopes: string[]
  /** The only site it may touch; null: all its owner may. */
  site: string | null
  /** The token that made it, and that it ends with; null: a person, or the server's root. */
  madeBy: string | null
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
  made_by: string | null
  created_at: string
  expires_at: string | null
  last_used_at: string | null
}

const columns = 'id, username, name, hint, scopes, site, made_by, created_at, expires_at, last_used_at'

const toToken = ({ made_by, created_at, expires_at, last_used_at, scopes, ...rest }: Raw): Token => ({
  ...rest,
  scopes: JSON.parse(scopes) as string[],
  madeBy: made_by,
  createdAt: created_at,
  expiresAt: expires_at,
  lastUsedAt: last_used_at,
})

/** A person's tokens; everybody's for null. The newest first. */
export function listTokens({ sqlite }: Store, username: string | null): Token[] {
  const rows = sqlite
    .prepare(`SELECT ${columns} FROM tokens WHERE ? IS NULL OR username = ? ORDER BY created_at DESC`)
    .all(username, username)
  return (rows as Raw[]).map(toToken)
}

export function findToken({ sqlite }: Store, id: string): Token | null {
  const raw = sqlite.prepare(`SELECT ${columns} FROM tokens WHERE id = ?`).get(id) as Raw | undefined
  return raw ? toToken(raw) : null
}

/** The token with this hash, unless it, or one that it was made by, has expired at `now` (ISO 8601). */
export function findLiveToken(store: Store, hash: string, now: string): Token | null {
  const raw = store.sqlite.prepare(`SELECT ${columns} FROM tokens WHERE hash = ?`).get(hash) as Raw | undefined
  return raw && isAlive(store, raw, now) ? toToken(raw) : null
}

function isAlive({ sqlite }: Store, token: Pick<Raw, 'expires_at' | 'made_by'> | undefined, now: string): boolean {
  const maker = sqlite.prepare('SELECT expires_at, made_by FROM tokens WHERE id = ?')
  for (let each = token; each; each = maker.get(each.made_by) as typeof token) {
    if (each.expires_at !== null && each.expires_at <= now) return false
    if (each.made_by === null) return true
  }
  return false
}

export function addToken({ sqlite }: Store, token: Omit<Token, 'lastUsedAt'>, hash: string): void {
  sqlite
    .prepare(
      `INSERT INTO tokens (id, username, name, hint, hash, scopes, site, made_by, created_at, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      token.id,
      token.username,
      token.name,
      token.hint,
      hash,
      JSON.stringify(token.scopes),
      token.site,
      token.madeBy,
      token.createdAt,
      token.expiresAt,
    )
}

export function noteTokenUse({ sqlite }: Store, id: string, at: string): void {
  sqlite.prepare('UPDATE tokens SET last_used_at = ? WHERE id = ?').run(at, id)
}

/** Removes a token and, by the table's own rule, all that it made. */
export function removeToken({ sqlite }: Store, id: string): void {
  sqlite.prepare('DELETE FROM tokens WHERE id = ?').run(id)
}

/** Removes the tokens of the server's root; a new one takes their place. */
export function removeRootTokens({ sqlite }: Store): void {
  sqlite.prepare('DELETE FROM tokens WHERE username IS NULL').run()
}
