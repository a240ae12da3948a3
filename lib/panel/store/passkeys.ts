import type { Store } from './open.ts'

export interface Passkey {
  /** The credential's id, base64url. */
  id: string
  username: string
  name: string
  /** COSE, as the authenticator gave it. */
  publicKey: Uint8Array<ArrayBuffer>
  counter: number
  transports: string[]
  createdAt: string
  lastUsedAt: string | null
}

interface Raw {
  id: string
  username: string
  name: string
  public_key: Buffer
  counter: number
  transports: string
  created_at: string
  last_used_at: string | null
}

const toPasskey = (raw: Raw): Passkey => ({
  id: raw.id,
  username: raw.username,
  name: raw.name,
  publicKey: new Uint8Array(raw.public_key),
  counter: raw.counter,
  transports: JSON.parse(raw.transports) as string[],
  createdAt: raw.created_at,
  lastUsedAt: raw.last_used_at,
})

export function listPasskeys({ sqlite }: Store, username: string): Passkey[] {
  return (sqlite.prepare('SELECT * FROM passkeys WHERE username = ? ORDER BY created_at').all(username) as Raw[]).map(
    toPasskey,
  )
}

export function findPasskey({ sqlite }: Store, id: string): Passkey | null {
  const raw = sqlite.prepare('SELECT * FROM passkeys WHERE id = ?').get(id) as Raw | undefined
  return raw ? toPasskey(raw) : null
}

export function addPasskey({ sqlite }: Store, key: Omit<Passkey, 'lastUsedAt'>): void {
  sqlite
    .prepare(
      'INSERT INTO passkeys (id, username, name, public_key, counter, transports, created_at) VALUES (?, ?, ?, ' +
        '?, ?, ?, ?)',
    )
    .run(
      key.id,
      key.username,
      key.name,
      Buffer.from(key.publicKey),
      key.counter,
      JSON.stringify(key.transports),
      key.createdAt,
    )
}

export function notePasskeyUse({ sqlite }: Store, id: string, counter: number, at: string): void {
  sqlite.prepare('UPDATE passkeys SET counter = ?, last_used_at = ? WHERE id = ?').run(counter, at, id)
}

/** Removes a person's passkey; false when it is not theirs. */
export function removePasskey({ sqlite }: Store, username: string, id: string): boolean {
  return sqlite.prepare('DELETE FROM passkeys WHERE id = ? AND username = ?').run(id, username).changes === 1
}

export function removePasskeys({ sqlite }: Store, username: string): void {
  sqlite.prepare('DELETE FROM passkeys WHERE username = ?').run(username)
}
