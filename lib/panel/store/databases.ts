import type { DatabaseSpec, UserSpec } from '../../model/databases/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { Store } from './open.ts'

/** Change that is under way for a database; null when MariaDB is as desired. */
export type Intent = 'create' | 'update' | 'delete'

export type KeptUser = UserSpec & { createdAt: string }
export type KeptSpec = Omit<DatabaseSpec, 'users'> & { users: KeptUser[] }

export interface DatabaseRow {
  spec: KeptSpec
  previous: KeptSpec | null
  intent: Intent | null
  dump: string | null
  site: string | null
  /** Owner: the site's, or its own; null: the administrators. */
  owner: string | null
  createdAt: string
}

interface Raw {
  spec: string
  previous: string | null
  intent: Intent | null
  dump: string | null
  site: string | null
  owner: string | null
  created_at: string
}

const select = `SELECT databases.spec, databases.previous, databases.intent, dump, site, databases.created_at,
  iif(site IS NULL, databases.owner, sites.owner) AS owner FROM databases LEFT JOIN sites ON sites.domain = databases.site`

const toRow = ({ spec, previous, created_at, ...rest }: Raw): DatabaseRow => ({
  ...rest,
  spec: JSON.parse(spec) as KeptSpec,
  previous: previous === null ? null : (JSON.parse(previous) as KeptSpec),
  createdAt: created_at,
})

export const listDatabases = ({ sqlite }: Store): DatabaseRow[] =>
  (sqlite.prepare(`${select} ORDER BY name`).all() as Raw[]).map(toRow)

export function findDatabase({ sqlite }: Store, name: string): DatabaseRow | null {
  const raw = sqlite.prepare(`${select} WHERE name = ?`).get(name) as Raw | undefined
  return raw ? toRow(raw) : null
}

/** Databases whose change was begun and not ended. */
export const pendingDatabases = ({ sqlite }: Store): DatabaseRow[] =>
  (sqlite.prepare(`${select} WHERE databases.intent IS NOT NULL ORDER BY name`).all() as Raw[]).map(toRow)

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
        .prepare("INSERT INTO databases (name, spec, intent, site, owner, created_at) VALUES (?, ?, 'create', ?, ?, ?)")
        .run(spec.name, JSON.stringify(spec), site, site === null ? owner : null, now)
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
      claim(store, spec.name, 'update', null)
      const { users } = findDatabase(store, spec.name)!.spec
      store.sqlite.prepare('UPDATE databases SET spec = ? WHERE name = ?').run(JSON.stringify(spec), spec.name)
      // Those that go keep their names until MariaDB has let them go: they may have to come back.
      writeUsers(store, spec.name, [...users, ...spec.users])
    })
    .immediate()
}

/** Notes that a database is being removed, under which id its dump is kept. Throws `database_busy`. */
export const beginDatabaseRemoval = (store: Store, name: string, dump: string | null): void =>
  claim(store, name, 'delete', dump)

function claim({ sqlite }: Store, name: string, intent: Intent, dump: string | null): void {
  const claimed = sqlite
    .prepare('UPDATE databases SET previous = spec, intent = ?, dump = ? WHERE name = ? AND intent IS NULL')
    .run(intent, dump, name)
  if (claimed.changes === 0)
    throw new PanelError('database_busy', 409, `${name} is being changed right now; try again when that is done`)
}

function writeUsers({ sqlite }: Store, name: string, users: readonly KeptUser[]): void {
  sqlite.prepare('DELETE FROM database_users WHERE database = ?').run(name)
  const insert = sqlite.prepare('INSERT OR IGNORE INTO database_users (username, database) VALUES (?, ?)')
  for (const username of new Set(users.map((user) => user.username)))
    if (insert.run(username, name).changes === 0) throw usernameTaken(username)
}

/** MariaDB is as desired: the change is over, a removed database forgotten. */
export function settleDatabase(store: Store, name: string): void {
  const { sqlite } = store
  sqlite
    .transaction(() => {
      sqlite.prepare("DELETE FROM databases WHERE name = ? AND intent = 'delete'").run(name)
      sqlite.prepare('UPDATE databases SET previous = NULL, intent = NULL, dump = NULL WHERE name = ?').run(name)
      const kept = findDatabase(store, name)
      if (kept) writeUsers(store, name, kept.spec.users)
    })
    .immediate()
}

/** MariaDB refused: the spec of before counts again. */
export function revertDatabase(store: Store, name: string): void {
  const { sqlite } = store
  sqlite
    .transaction(() => {
      const raw = sqlite.prepare('SELECT previous FROM databases WHERE name = ? AND intent IS NOT NULL').get(name) as
        Pick<Raw, 'previous'> | undefined
      if (!raw) return
      if (raw.previous === null) return sqlite.prepare('DELETE FROM databases WHERE name = ?').run(name)
      sqlite
        .prepare('UPDATE databases SET spec = previous, previous = NULL, intent = NULL, dump = NULL WHERE name = ?')
        .run(name)
      writeUsers(store, name, (JSON.parse(raw.previous) as KeptSpec).users)
    })
    .immediate()
}

/** Gives a database to a site, or to a user where it is for none. */
export function giveDatabase({ sqlite }: Store, name: string, site: string | null, owner: string | null): void {
  sqlite
    .prepare('UPDATE databases SET site = ?, owner = ? WHERE name = ?')
    .run(site, site === null ? owner : null, name)
}
