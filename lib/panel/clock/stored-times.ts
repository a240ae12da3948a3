import type { Store } from '../store/open.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * Rule for a column's time: how far ahead of now it may lie (ms); one that lies further becomes the latest that it may
 * be. `aged`: its age is counted by the time that the server ran (lib/model/clock.ts). `wanted`: a person chose it.
 * `told`: people see it, and nothing follows from it.
 */
type Rule = number | 'aged' | 'wanted' | 'told'

/** Every column with a time. test/functions/clock/stored-times.test.ts refuses one that is missing here. */
export const columns: Record<string, Rule> = {
  'alerts.since': 0,
  'apps.asleep_since': 0,
  'apps.started_at': 0,
  'apps.tried_at': 0,
  'audit.at': 'aged',
  'certificate_attempts.at': 'aged',
  'certificates.next_try': 8 * DAY,
  'counters.expires_at': 5 * MINUTE,
  'databases.created_at': 'told',
  'dumps.created_at': 'aged',
  'dumps.kept_until': 'told',
  'job_events.at': 'told',
  'jobs.created_at': 'told',
  'jobs.ended_at': 'told',
  'kv.created_at': 'told',
  'kv.updated_at': 'told',
  'passkeys.created_at': 'told',
  'passkeys.last_used_at': 'told',
  'pending_changes.begun_at': 'told',
  'site_usage.measured_at': 'told',
  'sites.created_at': 'told',
  'sites.updated_at': 'told',
  'tokens.created_at': 'told',
  'tokens.expires_at': 'wanted',
  'tokens.last_used_at': 0,
  'users.created_at': 'told',
  'users.totp_step': 30_000,
}

/** The same of values that the key-value table keeps under names that begin so. */
type Value = readonly [prefix: string, path: string, ahead: number]

const short: readonly Value[] = [
  ['hooks:', '$.value', 0],
  ['scripts:', '$.expiresAt', HOUR],
  ['totp:', '$.expiresAt', 15 * MINUTE],
]

/** Values that last longer. A clock that is behind for a while must not end them: it would sign people out. */
const lasting: readonly Value[] = [
  ['known-network:', '$.expiresAt', 60 * DAY],
  ['session:', '$.expiresAt', 12 * HOUR],
  ['session:', '$.value.createdAt', 0],
  ['session:', '$.value.lastSeen', 0],
]

/** Columns in another form than ISO 8601. */
const forms: Record<string, (ms: number) => number> = {
  'counters.expires_at': (ms) => ms,
  'users.totp_step': (ms) => Math.floor(ms / 30_000),
}

const iso = (ms: number): string => new Date(ms).toISOString()

/** Corrects what is stored of times that are still to come, as a clock that was ahead left them. */
export function correctStoredTimes(store: Store, now: number): void {
  store.sqlite
    .transaction(() => {
      correctNextTries(store, now)
      for (const [name, rule] of Object.entries(columns)) {
        if (typeof rule !== 'number') continue
        const [table, column] = name.split('.')
        const latest = (forms[name] ?? iso)(now + rule)
        store.sqlite.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${column} > ?`).run(latest, latest)
      }
      for (const value of short) correctValue(store, value, now)
    })
    .immediate()
}

/** The same for what lasts, once the clock can be believed. */
export function correctLastingTimes(store: Store, now: number): void {
  store.sqlite
    .transaction(() => {
      correctAttempts(store, now)
      for (const value of lasting) correctValue(store, value, now)
    })
    .immediate()
}

/** An attempt that is still to come put the next one off by as much. */
function correctNextTries({ sqlite }: Store, now: number): void {
  const isLater = 'SELECT 1 FROM certificate_attempts AS a WHERE a.subject = certificates.subject AND a.at > ?'
  sqlite
    .prepare(`UPDATE certificates SET next_try = NULL WHERE next_try > ? AND EXISTS (${isLater})`)
    .run(iso(now), iso(now))
}

/** Authorities counted what they gave; a failure was the clock's. */
function correctAttempts({ sqlite }: Store, now: number): void {
  const correct = sqlite.prepare('UPDATE certificate_attempts SET at = ? WHERE at > ? AND ok = ?')
  correct.run(iso(now), iso(now), 1)
  correct.run(iso(now - HOUR), iso(now), 0)
}

function correctValue({ sqlite }: Store, [prefix, path, ahead]: Value, now: number): void {
  sqlite
    .prepare('UPDATE kv SET value = json_set(value, ?, ?) WHERE key >= ? AND key < ? AND value ->> ? > ?')
    .run(path, now + ahead, prefix, `${prefix}\uffff`, path, now + ahead)
}
