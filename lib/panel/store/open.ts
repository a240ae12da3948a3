import { chmodSync } from 'node:fs'
import BetterSqlite from 'better-sqlite3'
import { createDatabase, type Database } from 'db0'
import sqlite from 'db0/connectors/better-sqlite3'
import { migrate } from './migrate.ts'

/**
 * The panel's database: `db0` for unstorage, and its SQLite handle for tables, whose calls are
 * synchronous, so that a transaction cannot be interleaved with another request.
 */
export interface Store {
  db0: Database
  sqlite: BetterSqlite.Database
  close(): void
}

/** Compiling a statement costs more than running it, and ours are few and constant: each is compiled once. */
function compileOnce(handle: BetterSqlite.Database): void {
  const compile = handle.prepare.bind(handle)
  const known = new Map<string, BetterSqlite.Statement>()
  handle.prepare = ((sql: string) => {
    const statement = known.get(sql) ?? compile(sql)
    known.set(sql, statement)
    return statement
  }) as typeof handle.prepare
}

/** Opens the database at `path` (created when missing) and brings it to the newest version. */
export async function openStore(path: string): Promise<Store> {
  const db0 = createDatabase(sqlite({ path, lib: () => BetterSqlite }))
  const handle = (await db0.getInstance()) as BetterSqlite.Database
  chmodSync(path, 0o600)
  handle.pragma('busy_timeout = 5000')
  handle.pragma('journal_mode = WAL')
  handle.pragma('synchronous = NORMAL')
  handle.pragma('foreign_keys = ON')
  migrate(handle, path)
  compileOnce(handle)
  return { db0, sqlite: handle, close: () => handle.close() }
}
