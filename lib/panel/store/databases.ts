import type { DatabaseSpec, UserSpec } from '../../model/databases/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { Store } from './open.ts'
import { beginPending, endPending, findPending } from './pending-changes.ts'

/** Changes of a database. */
export type DatabaseChange = 'create' | 'update' | 'delete'

export type KeptUser = UserSpec & { createdAt: string }
export type KeptSpec = Omit<DatabaseSpec, 'users'> & { users: KeptUser[] }

export interface DatabaseRow {
  spec: KeptSpec
  /** The change that is under way; null when MariaDB is as desired. */
  pending: DatabaseChange | null
  /** Spec before that change; null: there was none. */
  previous: KeptSpec | null
  /** The dump that a removal under way keeps. */
  dump: string | null
  site: string | null
  /** Owner: the site's, or its own; null: the administrators. */
  owner: string | null
  createdAt: string
}

interface Raw {
  spec: string
  pending: DatabaseChange | null
  previous: string | null
  dump: string | null
  site: string | null
  owner: string | null
  created_at: string
}

const select = `SELECT databases.spec, change AS pending, previous, desired ->> '$.dump' AS dump, site,
  databases.created_at, iif(site IS NULL, databases.owner, sites.owner) AS owner
  FROM databases LEFT JOIN sites ON sites.domain = databases.site
  LEFT JOIN pending_changes ON kind = 'database' AND pending_changes.name = databases.name`

const toRow = ({ spec, previous, created_at, ...rest }: Raw): DatabaseRow => ({
  ...rest,
  spec: JSON.parse(spec) as KeptSpec,
  previous: previous === null ? null : (JSON.parse(previous) as KeptSpec),
  createdAt: created_at,
})

export const listDatabases = ({ sqlite }: Store): DatabaseRow[] =>
  (sqlite.prepare(`${select} ORDER BY databases.name`).all() as Raw[]).map(toRow)

export function findDatabase({ sqlite }: Store, name: string): DatabaseRow | null {
  const raw = sqlite.prepare(`${select} WHERE databases.name = ?`).get(name) as Raw | undefined
  return raw ? toRow(raw) : null
}

/** The names of a user's databases. */
export const databasesOf = ({ sqlite }: Store, owner: string): string[] =>
  (
    sqlite
      .prepare(
        'SELECT name FROM databases LEFT JOIN sites ON sites.domain = site WHERE iif(site IS NULL, ' +
          'databases.owner, sites.owner) = ? ORDER BY name',
      )
      .all(owner) as { name: string }[]
  ).map(({ name }) => name)

export const countDatabases = (store: Store, owner: string): number => databasesOf(store, owner).length

export interface Beginning {
  spec: KeptSpec
  site: string | null
  /** Owner of a database that is for no site. */
  owner: string | null
  now: string
}

/**
 * Writes a new database's spec. `most` is how many its owner may have. Throws `database_exists`, `username_taken`,
 * `limit_reached`.
 */
export function beginDatabase(
  store: Store,
  { spec, site, owner, now }: Beginning,
  whose: string | null,
  most: number | null,
): void {
  const { sqlite } = store
  sqlite
    .transaction(() => {
      refuseTakenName(store, spec.name)
      if (whose !== null && most !== null && countDatabases(store, whose) >= most) {
        throw new PanelError(
          'limit_reached',
          403,
          `${whose} may have ${most} ${most === 1 ? 'database' : 'databases'}. Ask the administrator for more, ` +
            'or delete one first',
        )
      }
      sqlite
        .prepare('INSERT INTO databases (name, spec, site, owner, created_at) VALUES (?, ?, ?, ?, ?)')
        .run(spec.name, JSON.stringify(spec), site, site === null ? owner : null, now)
      beginPending(store, { kind: 'database', name: spec.name, change: 'create' })
      writeUsers(store, spec.name, spec.users)
    })
    .immediate()
}

/** Names that differ in their case alone are the same to people, and to some file systems. Throws `database_exists`. */
export function refuseTakenName({ sqlite }: Store, name: string): void {
  if (sqlite.prepare('SELECT 1 FROM databases WHERE lower(name) = lower(?)').get(name))
    throw new PanelError('database_exists', 409, `There already is a database ${name}`)
}

/** Throws `username_taken` where another database has one of these users. */
export function refuseTakenUsers({ sqlite }: Store, { name, users }: KeptSpec): void {
  const taken = sqlite.prepare('SELECT 1 FROM database_users WHERE username = ? AND database <> ?')
  for (const { username } of users) if (taken.get(username, name)) throw usernameTaken(username)
}

const usernameTaken = (username: string): PanelError =>
  new PanelError(
    'username_taken',
    409,
    `There already is a database user ${username} on this server; take another name`,
  )

/** Writes what a database is to be from now on. Throws `database_busy`, `username_taken`. */
export function beginDatabaseChange(store: Store, spec: KeptSpec): void {
  store.sqlite
    .transaction(() => {
      const { users } = claim(store, spec.name, 'update')
      store.sqlite.prepare('UPDATE databases SET spec = ? WHERE name = ?').run(JSON.stringify(spec), spec.name)
      // Those that go keep their names until MariaDB has let them go: they may have to come back.
      writeUsers(store, spec.name, [...users, ...spec.users])
    })
    .immediate()
}

/** Notes that a database is being removed, under which id its dump is kept. Throws `database_busy`. */
export function beginDatabaseRemoval(store: Store, name: string, dump: string | null): void {
  store.sqlite.transaction(() => claim(store, name, 'delete', dump && { dump })).immediate()
}

/** Answers the spec of before. */
function claim(store: Store, name: string, change: DatabaseChange, desired: unknown = null): KeptSpec {
  const previous = findDatabase(store, name)?.spec
  if (!previous || !beginPending(store, { kind: 'database', name, change, desired, previous }))
    throw new PanelError('database_busy', 409, `${name} is being changed right now; try again when that is done`)
  return previous
}

function writeUsers({ sqlite }: Store, name: string, users: readonly KeptUser[]): void {
  sqlite.prepare('DELETE FROM database_users WHERE database = ?').run(name)
  const insert = sqlite.prepare('INSERT OR IGNORE INTO database_users (username, database) VALUES (?, ?)')
  for (const username of new Set(users.map((user) => user.username)))
    if (insert.run(username, name).changes === 0) throw usernameTaken(username)
}

/** MariaDB is as desired: the change is over, the row of a removed database deleted. */
export function settleDatabase(store: Store, name: string): void {
  store.sqlite
    .transaction(() => {
      if (findPending(store, 'database', name)?.change === 'delete') deleteDatabaseRow(store, name)
      endPending(store, 'database', name)
      const kept = findDatabase(store, name)
      if (kept) writeUsers(store, name, kept.spec.users)
    })
    .immediate()
}

/** MariaDB refused: the spec of before counts again. */
export function revertDatabase(store: Store, name: string): void {
  store.sqlite
    .transaction(() => {
      const pending = findPending(store, 'database', name)
      if (!pending) return
      if (pending.previous === null) deleteDatabaseRow(store, name)
      else restore(store, pending.previous as KeptSpec)
      endPending(store, 'database', name)
    })
    .immediate()
}

function restore(store: Store, spec: KeptSpec): void {
  store.sqlite.prepare('UPDATE databases SET spec = ? WHERE name = ?').run(JSON.stringify(spec), spec.name)
  writeUsers(store, spec.name, spec.users)
}

function deleteDatabaseRow({ sqlite }: Store, name: string): void {
  sqlite.prepare('DELETE FROM databases WHERE name = ?').run(name)
}

/** Gives a database to a site, or to a user where it is for none. */
export function giveDatabase({ sqlite }: Store, name: string, site: string | null, owner: string | null): void {
  sqlite
    .prepare('UPDATE databases SET site = ?, owner = ? WHERE name = ?')
    .run(site, site === null ? owner : null, name)
}
