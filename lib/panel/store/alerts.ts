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

/** Makes these the alerts whose keys begin so: raises each, and ends the others. */
export function syncAlerts(store: Store, prefix: string, current: readonly AlertRow[]): void {
  for (const row of current) raiseAlert(store, row)
  const keys = new Set(current.map(({ key }) => key))
  for (const { key } of listAlerts(store)) if (key.startsWith(prefix) && !keys.has(key)) resolveAlert(store, key)
}

/** It is over; nothing happens when there was none. */
export function resolveAlert({ sqlite }: Store, key: string): void {
  sqlite.prepare('DELETE FROM alerts WHERE key = ?').run(key)
}
