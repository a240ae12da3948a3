import { chmodSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { initial } from './migrations/0001-initial.ts'
import { people } from './migrations/0002-people.ts'
import { apps } from './migrations/0003-apps.ts'
import { certificates } from './migrations/0004-certificates.ts'
import { databases } from './migrations/0005-databases.ts'
import { caches } from './migrations/0006-caches.ts'
import { jobs } from './migrations/0007-jobs.ts'
import { makers } from './migrations/0008-makers.ts'
import { storage } from './migrations/0009-storage.ts'
import { pendingChanges } from './migrations/0010-pending-changes.ts'
import { siteSettings } from './migrations/0011-site-settings.ts'

/** In order; the database's `user_version` says how many have run. Never change one that was released. */
const migrations = [
  initial,
  people,
  apps,
  certificates,
  databases,
  caches,
  jobs,
  makers,
  storage,
  pendingChanges,
  siteSettings,
]

/** The version of the tables that this release knows. */
export const tables = migrations.length

/**
 * The oldest version whose releases work with these tables. Raise it with a migration that takes away or renames what
 * they read or write: the database says so (`application_id`), and the installer refuses a downgrade to them.
 */
export const readableFrom = 11

const KEPT_COPIES = 5

/**
 * Runs what the database has not seen yet, each step in a transaction of its own, after a copy of the
 * file was put beside it. A step that fails leaves the database as it was before it. Throws its error. Tables of a
 * newer release stay as they are; throws when this one cannot read them.
 * The panel and its hooks may open the same new database at once: one of them runs each step.
 */
export function migrate(db: Database, path: string, steps: readonly string[] = migrations): void {
  const version = versionOf(db)
  if (version > steps.length) {
    const oldest = readableBy(db)
    if (oldest > 0 && oldest <= steps.length) return
    throw new Error(
      `${path} was written by a newer panel (version ${version} of its tables; this one knows ` +
        `${steps.length}). Install that version again`,
    )
  }
  if (version > 0 && version < steps.length) copy(db, path, version)
  for (const [index, step] of steps.entries()) {
    if (index < version) continue
    db.transaction(() => {
      if (versionOf(db) > index) return
      db.exec(step)
      db.pragma(`user_version = ${index + 1}`)
    }).exclusive()
  }
  if (readableBy(db) !== readableFrom) db.pragma(`application_id = ${readableFrom}`)
}

const versionOf = (db: Database): number => db.pragma('user_version', { simple: true }) as number

/** 0: an earlier release wrote it, and did not say. */
const readableBy = (db: Database): number => db.pragma('application_id', { simple: true }) as number

function copy(db: Database, path: string, version: number): void {
  const target = `${path}.before-${new Date().toISOString().replaceAll(/\D/g, '')}-${process.pid}-v${version}`
  db.prepare('VACUUM INTO ?').run(target)
  chmodSync(target, 0o600)
  const copies = readdirSync(dirname(path))
    .filter((name) => name.startsWith(`${basename(path)}.before-`))
    .sort()
  // Others may have times that are still to come: the new one stays.
  const old = copies.slice(0, -KEPT_COPIES).filter((name) => name !== basename(target))
  for (const name of old) rmSync(join(dirname(path), name), { force: true })
}
