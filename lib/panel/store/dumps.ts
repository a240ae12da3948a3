import type { Dump } from '../../model/databases/schema.ts'
import type { Store } from './open.ts'

export type DumpRow = Dump & { site: string | null }

interface Raw extends Omit<DumpRow, 'createdAt' | 'keptUntil'> {
  created_at: string
  kept_until: string
}

const toRow = ({ created_at, kept_until, ...rest }: Raw): DumpRow => ({
  ...rest,
  createdAt: created_at,
  keptUntil: kept_until,
})

/** The newest first. */
export const listDumps = ({ sqlite }: Store): DumpRow[] =>
  (sqlite.prepare('SELECT * FROM dumps ORDER BY created_at DESC').all() as Raw[]).map(toRow)

export function findDump({ sqlite }: Store, id: string): DumpRow | null {
  const raw = sqlite.prepare('SELECT * FROM dumps WHERE id = ?').get(id) as Raw | undefined
  return raw ? toRow(raw) : null
}

/** Dumps that removals under way have kept or will, and that are on no record until these have ended. */
export const dumpsUnderWay = ({ sqlite }: Store): string[] =>
  (
    sqlite
      .prepare("SELECT desired ->> '$.dump' AS dump FROM pending_changes WHERE kind = 'database' AND dump IS NOT NULL")
      .all() as { dump: string }[]
  ).map(({ dump }) => dump)

export function addDump(
  { sqlite }: Store,
  { id, database, reason, compression, bytes, owner, site, createdAt, keptUntil }: DumpRow,
): void {
  sqlite
    .prepare(
      'INSERT OR REPLACE INTO dumps (id, database, reason, compression, bytes, owner, site, created_at, ' +
        'kept_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    .run(id, database, reason, compression, bytes, owner, site, createdAt, keptUntil)
}

export const removeDump = ({ sqlite }: Store, id: string): boolean =>
  sqlite.prepare('DELETE FROM dumps WHERE id = ?').run(id).changes > 0
