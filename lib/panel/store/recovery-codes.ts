import type { Store } from './open.ts'

/** Puts new codes (hashes) in the place of all earlier ones. */
export function replaceRecoveryCodes({ sqlite }: Store, username: string, hashes: readonly string[]): void {
  sqlite
    .transaction(() => {
      sqlite.prepare('DELETE FROM recovery_codes WHERE username = ?').run(username)
      const insert = sqlite.prepare('INSERT INTO recovery_codes (username, hash) VALUES (?, ?)')
      for (const hash of hashes) insert.run(username, hash)
    })
    .immediate()
}

/** Uses a code up; false when there is no such code. */
export function takeRecoveryCode({ sqlite }: Store, username: string, hash: string): boolean {
  return sqlite.prepare('DELETE FROM recovery_codes WHERE username = ? AND hash = ?').run(username, hash).changes === 1
}

export function countRecoveryCodes({ sqlite }: Store, username: string): number {
  return (sqlite.prepare('SELECT count(*) AS n FROM recovery_codes WHERE username = ?').get(username) as { n: number })
    .n
}
