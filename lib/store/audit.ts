import type { Store } from './open.ts'

export interface AuditEntry {
  at: string
  /** Who; null when nobody was signed in. */
  actor: string | null
  address: string
  /** e.g. `site.create`. */
  action: string
  /** What it was done to, e.g. a domain. */
  object: string | null
  ok: boolean
  /** The error's code, when it was refused. */
  code: string | null
  /** The input, with secrets taken out. */
  details: unknown
}

export function addAuditEntry({ sqlite }: Store, entry: AuditEntry): void {
  sqlite.prepare('INSERT INTO audit (at, actor, address, action, object, ok, code, details) VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
    .run(entry.at, entry.actor, entry.address, entry.action, entry.object, entry.ok ? 1 : 0, entry.code, JSON.stringify(entry.details ?? null))
}

/** Forgets what is older than `before` (ISO 8601); answers how many. */
export function sweepAudit({ sqlite }: Store, before: string): number {
  return sqlite.prepare('DELETE FROM audit WHERE at < ?').run(before).changes
}

interface Raw extends Omit<AuditEntry, 'ok' | 'details'> {
  ok: number
  details: string
}

/** The newest entries first. */
export function listAuditEntries({ sqlite }: Store, limit: number): AuditEntry[] {
  const rows = sqlite.prepare('SELECT at, actor, address, action, object, ok, code, details FROM audit ORDER BY id DESC LIMIT ?').all(limit) as Raw[]
  return rows.map((row) => ({ ...row, ok: row.ok === 1, details: JSON.parse(row.details) as unknown }))
}
