import type { Store } from './open.ts'

export interface User {
  username: string
  /** argon2id, in the PHC string form. */
  password: string
  role: 'admin' | 'user'
  createdAt: string
}

interface Raw extends Omit<User, 'createdAt'> {
  created_at: string
}

export function findUser({ sqlite }: Store, username: string): User | null {
  const raw = sqlite.prepare('SELECT * FROM users WHERE username = ?').get(username) as Raw | undefined
  return raw ? { username: raw.username, password: raw.password, role: raw.role, createdAt: raw.created_at } : null
}

export function hasAdministrator({ sqlite }: Store): boolean {
  return sqlite.prepare("SELECT 1 FROM users WHERE role = 'admin' LIMIT 1").get() !== undefined
}

/** Adds the first administrator; false when there already is one, also one made at the same moment. */
export function addFirstAdministrator({ sqlite }: Store, { username, password, createdAt }: Omit<User, 'role'>): boolean {
  const insert = `INSERT INTO users (username, password, role, created_at)
    SELECT ?, ?, 'admin', ? WHERE NOT EXISTS (SELECT 1 FROM users WHERE role = 'admin')`
  return sqlite.prepare(insert).run(username, password, createdAt).changes === 1
}
