import type { Store } from './open.ts'

export interface Count {
  count: number
  /** When the window ends, in ms since 1970. */
  expiresAt: number
}

/**
 * Counts one more try within a window that begins with the first. One statement, so that a hundred tries
 * at once are a hundred. `window` in ms.
 */
export function increment({ sqlite }: Store, key: string, window: number, now: number): Count {
  const upsert = `INSERT INTO counters (key, count, expires_at) VALUES (?, 1, ?)
    ON CONFLICT (key) DO UPDATE SET
      count = CASE WHEN expires_at <= ? THEN 1 ELSE count + 1 END,
      expires_at = CASE WHEN expires_at <= ? THEN excluded.expires_at ELSE expires_at END
    RETURNING count, expires_at AS expiresAt`
  return sqlite.prepare(upsert).get(key, now + window, now, now) as Count
}

/** Takes one try back. */
export function decrement({ sqlite }: Store, key: string): void {
  sqlite.prepare('UPDATE counters SET count = count - 1 WHERE key = ? AND count > 0').run(key)
}

export function deleteCounter({ sqlite }: Store, key: string): void {
  sqlite.prepare('DELETE FROM counters WHERE key = ?').run(key)
}

/** Deletes every counter whose name begins so. */
export function deleteCounters({ sqlite }: Store, prefix: string): void {
  sqlite.prepare('DELETE FROM counters WHERE substr(key, 1, length(?)) = ?').run(prefix, prefix)
}

export function pruneCounters({ sqlite }: Store, isOld: (at: number) => boolean): number {
  const rows = sqlite.prepare('SELECT key, expires_at AS at FROM counters').all() as { key: string; at: number }[]
  const old = rows.filter(({ at }) => isOld(at))
  for (const { key } of old) sqlite.prepare('DELETE FROM counters WHERE key = ?').run(key)
  return old.length
}
