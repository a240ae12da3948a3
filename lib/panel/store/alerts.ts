import type { Store } from './open.ts'

export interface AlertRow {
  /** Key: `certificate:example.com`. */
  key: string
  site: string | null
  severity: 'warning' | 'critical'
  message: string
  since: string
}

export const listAlerts = ({ sqlite }: Store): AlertRow[] =>
  sqlite.prepare("SELECT * FROM alerts ORDER BY severity = 'critical' DESC, since").all() as AlertRow[]

/** Raises an alert, or brings the one of that key up to date; when it began stays. */
export function raiseAlert({ sqlite }: Store, { key, site, severity, message, since }: AlertRow): void {
  sqlite
    .prepare(
      `INSERT INTO alerts (key, site, severity, message, since) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET severity = excluded.severity, message = excluded.message`,
    )
    .run(key, site, severity, message, since)
}

/** It is over; nothing happens when there was none. */
export function resolveAlert({ sqlite }: Store, key: string): void {
  sqlite.prepare('DELETE FROM alerts WHERE key = ?').run(key)
}
