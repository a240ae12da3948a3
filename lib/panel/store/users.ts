import type { Store } from './open.ts'

/** How much a user may have; null is as much as wanted. Disk in MiB, over all of the user's sites. */
export interface Limits {
  sites: number | null
  databases: number | null
  apps: number | null
  diskMb: number | null
  files: number | null
}

export interface User {
  username: string
  /** argon2id, in the PHC string form. */
  password: string
  role: 'admin' | 'user'
  limits: Limits
  /** Base32; null without a second factor. */
  totpSecret: string | null
  createdAt: string
}

interface Raw {
  username: string
  password: string
  role: 'admin' | 'user'
  limits: string
  totp_secret: string | null
  created_at: string
}

const unlimited: Limits = { sites: null, databases: null, apps: null, diskMb: null, files: null }

const toUser = ({ limits, totp_secret, created_at, username, password, role }: Raw): User => ({
  username,
  password,
  role,
  limits: { ...unlimited, ...(JSON.parse(limits) as Partial<Limits>) },
  totpSecret: totp_secret,
  createdAt: created_at,
})

export function findUser({ sqlite }: Store, username: string): User | null {
  const raw = sqlite.prepare('SELECT * FROM users WHERE username = ?').get(username) as Raw | undefined
  return raw ? toUser(raw) : null
}

export function listUsers({ sqlite }: Store): User[] {
  return (sqlite.prepare('SELECT * FROM users ORDER BY username').all() as Raw[]).map(toUser)
}

export function hasAdministrator({ sqlite }: Store): boolean {
  return sqlite.prepare("SELECT 1 FROM users WHERE role = 'admin' LIMIT 1").get() !== undefined
}

/** Adds the first administrator; false when there already is one, also one made at the same moment. */
export function addFirstAdministrator(
  { sqlite }: Store,
  { username, password, createdAt }: Pick<User, 'username' | 'password' | 'createdAt'>,
): boolean {
  const insert = `INSERT INTO users (username, password, role, created_at)
    SELECT ?, ?, 'admin', ? WHERE NOT EXISTS (SELECT 1 FROM users WHERE role = 'admin')`
  return sqlite.prepare(insert).run(username, password, createdAt).changes === 1
}

/** Adds a user; false when the name is taken. */
export function addUser(
  { sqlite }: Store,
  { username, password, role, limits, createdAt }: Omit<User, 'totpSecret'>,
): boolean {
  const insert =
    'INSERT INTO users (username, password, role, limits, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'
  return sqlite.prepare(insert).run(username, password, role, JSON.stringify(limits), createdAt).changes === 1
}

/** Changes a role or limits; false, and nothing changed, when no administrator would be left. */
export function changeUser(
  { sqlite }: Store,
  username: string,
  { role, limits }: Pick<User, 'role' | 'limits'>,
): boolean {
  const update = `UPDATE users SET role = ?, limits = ? WHERE username = ?
    AND (? = 'admin' OR EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND username <> ?))`
  return sqlite.prepare(update).run(role, JSON.stringify(limits), username, role, username).changes === 1
}

/**
 * Removes a user; false, and nothing removed, when no administrator would be left. Dumps that were kept for them are
 * the administrators' from then on: a later user of the same name must not find them.
 */
export function removeUser({ sqlite }: Store, username: string): boolean {
  const remove =
    "DELETE FROM users WHERE username = ? AND EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND username <> ?)"
  return sqlite
    .transaction(() => {
      const isGone = sqlite.prepare(remove).run(username, username).changes === 1
      if (isGone) sqlite.prepare('UPDATE dumps SET owner = NULL WHERE owner = ?').run(username)
      return isGone
    })
    .immediate()
}

export function setPassword({ sqlite }: Store, username: string, password: string): void {
  sqlite.prepare('UPDATE users SET password = ? WHERE username = ?').run(password, username)
}

/** Sets or, with null, removes the secret of the second factor. */
export function setTotpSecret({ sqlite }: Store, username: string, secret: string | null, step: number): void {
  sqlite.prepare('UPDATE users SET totp_secret = ?, totp_step = ? WHERE username = ?').run(secret, step, username)
}

/** The time step of the last code that was taken. */
export function totpStep({ sqlite }: Store, username: string): number {
  return (
    (
      sqlite.prepare('SELECT totp_step AS step FROM users WHERE username = ?').get(username) as
        { step: number } | undefined
    )?.step ?? 0
  )
}

/** Takes the code of a time step; false when it, or a later one, was taken already. */
export function takeTotpStep({ sqlite }: Store, username: string, step: number): boolean {
  return (
    sqlite.prepare('UPDATE users SET totp_step = ? WHERE username = ? AND totp_step < ?').run(step, username, step)
      .changes === 1
  )
}
