import type { Amount } from '../../model/sites/amount.ts'
import type { Store } from './open.ts'

export type { Amount }

/** A site's use of the disk, as last measured; its databases are not in it. */
export interface UsageRow extends Amount {
  domain: string
  measuredAt: string
  /** Its use when it had just become full; null while it is not. */
  whenFull: Amount | null
}

interface Raw extends Amount {
  domain: string
  measured_at: string
  full_bytes: number | null
  full_files: number | null
}

const toRow = ({ domain, bytes, files, measured_at, full_bytes, full_files }: Raw): UsageRow => ({
  domain,
  bytes,
  files,
  measuredAt: measured_at,
  whenFull: full_bytes === null || full_files === null ? null : { bytes: full_bytes, files: full_files },
})

export const listUsage = ({ sqlite }: Store): UsageRow[] =>
  (sqlite.prepare('SELECT * FROM site_usage').all() as Raw[]).map(toRow)

export function findUsage({ sqlite }: Store, domain: string): UsageRow | null {
  const raw = sqlite.prepare('SELECT * FROM site_usage WHERE domain = ?').get(domain) as Raw | undefined
  return raw ? toRow(raw) : null
}

/** Disk that a user has (bytes), by its kind, and the number of their sites' files. */
export interface Stored {
  sites: number
  databases: number
  /** Dumps that are kept for them. */
  dumps: number
  files: number
}

const stored = `SELECT owner, sum(sites) AS sites, sum(databases) AS databases, sum(dumps) AS dumps,
  sum(files) AS files FROM (
  SELECT owner, bytes AS sites, 0 AS databases, 0 AS dumps, files FROM site_usage JOIN sites USING (domain)
  UNION ALL SELECT iif(site IS NULL, databases.owner, sites.owner), 0, bytes, 0, 0
    FROM database_usage JOIN databases USING (name) LEFT JOIN sites ON domain = site
  UNION ALL SELECT owner, 0, 0, bytes, 0 FROM dumps)`

/** Reads the disk of all owners, as last measured; users without anything are left out. */
export const storedByOwner = ({ sqlite }: Store): Map<string, Stored> =>
  new Map(
    (sqlite.prepare(`${stored} WHERE owner IS NOT NULL GROUP BY owner`).all() as (Stored & { owner: string })[]).map(
      ({ owner, ...amounts }) => [owner, amounts],
    ),
  )

/** Reads the disk of one owner, as last measured. */
export function storedOf({ sqlite }: Store, owner: string): Stored {
  const row = sqlite.prepare(`${stored} WHERE owner = ? GROUP BY owner`).get(owner) as
    (Stored & { owner: string }) | undefined
  const { sites = 0, databases = 0, dumps = 0, files = 0 } = row ?? {}
  return { sites, databases, dumps, files }
}

/** Notes what sites use; those that are gone by now are left out. */
export function noteUsage({ sqlite }: Store, measured: ReadonlyMap<string, Amount>, now: string): void {
  const note = sqlite.prepare(`INSERT INTO site_usage (domain, bytes, files, measured_at)
    SELECT domain, ?, ?, ? FROM sites WHERE domain = ?
    ON CONFLICT (domain) DO UPDATE
      SET bytes = excluded.bytes, files = excluded.files, measured_at = excluded.measured_at`)
  sqlite
    .transaction(() => {
      for (const [domain, { bytes, files }] of measured) note.run(bytes, files, now, domain)
    })
    .immediate()
}

/** Notes what a site uses now that it is full; null: it is not any more. */
export function noteFull({ sqlite }: Store, domain: string, used: Amount | null): void {
  sqlite
    .prepare('UPDATE site_usage SET full_bytes = ?, full_files = ? WHERE domain = ?')
    .run(used?.bytes ?? null, used?.files ?? null, domain)
}

/** Notes what databases use (bytes). */
export function noteDatabaseUsage({ sqlite }: Store, measured: ReadonlyMap<string, number>): void {
  const note = sqlite.prepare(`INSERT INTO database_usage (name, bytes) SELECT name, ? FROM databases WHERE name = ?
    ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes`)
  sqlite
    .transaction(() => {
      for (const [name, bytes] of measured) note.run(bytes, name)
    })
    .immediate()
}

/** Bytes of each database that was measured. */
export const databaseUsage = ({ sqlite }: Store): Map<string, number> =>
  new Map(
    (sqlite.prepare('SELECT name, bytes FROM database_usage').all() as { name: string; bytes: number }[]).map(
      ({ name, bytes }) => [name, bytes],
    ),
  )
