import { createStorage, type Storage } from 'unstorage'
import db0Driver from 'unstorage/drivers/db0'
import type { Store } from './open.ts'

/** Sessions and small settings. unstorage's db0 driver ignores `ttl`, so the end is kept in the value. */
export interface KeyValue {
  get<T>(key: string, now: number): Promise<T | null>
  /** `expiresAt` in ms since 1970; null keeps the value. */
  set(key: string, value: unknown, expiresAt: number | null): Promise<void>
  /** The same, but only while the key is there: what was removed meanwhile stays removed. */
  update(key: string, value: unknown, expiresAt: number | null): void
  remove(key: string): Promise<void>
  /** Lists live entries whose names begin so. */
  list<T>(prefix: string, now: number): { key: string; value: T }[]
  /** Removes what expired at such a time; answers how many. */
  prune(isOld: (at: number) => boolean): number
}

interface Entry {
  value: unknown
  expiresAt: number | null
}

/** unstorage would say at each start, and in each hook's log, that its db0 driver is experimental. */
Object.assign(globalThis, { __unstorage_db0_experimental_warning__: true })

export function openKeyValue({ db0, sqlite }: Store): KeyValue {
  const storage: Storage<Entry> = createStorage<Entry>({ driver: db0Driver({ database: db0, tableName: 'kv' }) })
  return {
    // Read past unstorage: each request of a person reads their session, and its layers cost more than SQLite.
    async get<T>(key: string, now: number) {
      const row = sqlite.prepare('SELECT value FROM kv WHERE key = ?').get(key) as { value: string } | undefined
      const entry = row && (JSON.parse(row.value) as Entry)
      return entry && (entry.expiresAt === null || entry.expiresAt > now) ? (entry.value as T) : null
    },
    set: (key, value, expiresAt) => storage.setItem(key, { value, expiresAt }),
    update(key, value, expiresAt) {
      sqlite.prepare('UPDATE kv SET value = ? WHERE key = ?').run(JSON.stringify({ value, expiresAt }), key)
    },
    remove: (key) => storage.removeItem(key),
    list<T>(prefix: string, now: number) {
      const rows = sqlite
        .prepare('SELECT key, value FROM kv WHERE key >= ? AND key < ?')
        .all(prefix, `${prefix}\uffff`) as { key: string; value: string }[]
      return rows
        .map(({ key, value }) => ({ key, ...(JSON.parse(value) as Entry) }))
        .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
        .map(({ key, value }) => ({ key, value: value as T }))
    },
    prune(isOld) {
      const rows = sqlite.prepare("SELECT key, value ->> '$.expiresAt' AS at FROM kv WHERE at IS NOT NULL").all()
      const old = (rows as { key: string; at: number }[]).filter(({ at }) => isOld(at))
      for (const { key } of old) sqlite.prepare('DELETE FROM kv WHERE key = ?').run(key)
      return old.length
    },
  }
}
