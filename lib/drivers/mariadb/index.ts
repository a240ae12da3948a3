import type { Grant } from '../../model/databases/schema.ts'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import { listDirectory } from '../../system/files.ts'
import { sizesOf } from '../../system/tree.ts'
import { restartService } from '../systemd/index.ts'
import { checkConfiguration } from './configuration.ts'
import { answers, ask, sql } from './connection.ts'
import {
  alterDatabase,
  createDatabase,
  createUsers,
  dropDatabase,
  dropUser,
  endConnections,
  grantTo,
  limitConnections,
  parseConnections,
  parseGrants,
  revokeAll,
  setPassword,
  type Charset,
} from './statements.ts'

export { checkConfiguration, configurationProblem, isInstalled } from './configuration.ts'

/** An account that reaches one database. `grant: null`: somebody changed by hand what it may. */
export interface Login {
  database: string | null
  grant: Grant | null
  /** Whether it may only read and remove, as its database has used up its disk. */
  full: boolean
  hash: string
  /** Most connections at once; 0: no limit. */
  connections: number
}

/** A database's default character set; null when there is none of that name. */
export async function readDatabase(name: string): Promise<{ charset: Charset } | null> {
  const [row] = await ask<{ charset: Charset }>(
    'SELECT DEFAULT_CHARACTER_SET_NAME AS charset FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?',
    [name],
  )
  return row ?? null
}

/** Whether MariaDB has neither the database nor any of the accounts: one question in the place of one for each. */
export async function isUnknown(database: string, usernames: readonly string[]): Promise<boolean> {
  const rows = await ask(
    'SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ? UNION ALL SELECT 1 FROM mysql.global_priv ' +
      "WHERE User IN (?) AND Host = 'localhost'",
    [database, usernames],
  )
  return rows.length === 0
}

export const makeDatabase = async (name: string, charset: Charset): Promise<void> =>
  void (await sql(createDatabase(name, charset)))
export const changeDatabase = async (name: string, charset: Charset): Promise<void> =>
  void (await sql(alterDatabase(name, charset)))
export const removeDatabase = async (name: string): Promise<void> => void (await sql(dropDatabase(name)))

/** Reads the rights of an account, and the hash of its password; null when there is none of that name. */
export async function readLogin(username: string): Promise<Login | null> {
  const known = await ask("SELECT 1 FROM mysql.global_priv WHERE User = ? AND Host = 'localhost'", [username])
  if (known.length === 0) return null
  const rows = await ask<Record<string, string>>("SHOW GRANTS FOR ?@'localhost'", [username])
  const lines = rows.map((row) => Object.values(row)[0]!)
  const hash = /IDENTIFIED BY PASSWORD '(\*[0-9A-F]{40})'/.exec(lines[0] ?? '')?.[1] ?? ''
  const granted = parseGrants(lines, username) ?? { database: null, grant: null, full: false }
  return { hash, connections: parseConnections(lines), ...granted }
}

/** Whether two accounts differ in name and password alone, so that one statement makes both. */
export const isAlike = (a: Login, b: Login): boolean =>
  a.database === b.database && a.grant === b.grant && a.full === b.full && a.connections === b.connections

/** Makes accounts that are alike. */
export async function makeLogins(logins: readonly (readonly [username: string, login: Login])[]): Promise<void> {
  const { database, grant, full, connections } = logins[0]![1]
  const accounts = logins.map(([username, { hash }]) => ({ username, hash }))
  await sql(createUsers(accounts, database!, { grant: grant!, full }, connections))
}

/** Makes an account, or gives it another password or other rights; connections that knew the old ones end. */
export async function setLogin(username: string, before: Login | null, after: Login): Promise<void> {
  const { database, grant, full, hash, connections } = after
  // Whatever an account that somebody changed could do before is gone.
  if (before && before.database !== database) await sql(dropUser(username))
  if (before?.database !== database) return makeLogins([[username, after]])
  if (before.connections !== connections) await sql(limitConnections(username, connections))
  const sameRights = before.grant === grant && before.full === full
  if (before.hash === hash && sameRights) return
  if (before.hash !== hash) await sql(setPassword(username, hash))
  if (!sameRights) await sql(revokeAll(username), grantTo(username, database!, { grant: grant!, full }))
  await endConnectionsOf(username)
}

export async function removeLogin(username: string): Promise<void> {
  await sql(dropUser(username))
  await endConnectionsOf(username)
}

/** MariaDB says that there is no such thread when the account has no connection. */
async function endConnectionsOf(username: string): Promise<void> {
  await sql(endConnections(username)).catch((error: unknown) => {
    if (error instanceof PanelError && error.code !== 'mariadb_failed') throw error
  })
}

export interface Table {
  name: string
  kind: 'table' | 'view'
  engine: string | null
  rows: number
  bytes: number
}

/** A database's tables and views. */
export const listTables = async (database: string): Promise<Table[]> =>
  (
    await ask<Omit<Table, 'rows' | 'bytes'> & { row_count: number; bytes: number }>(
      `SELECT TABLE_NAME AS name, IF(TABLE_TYPE LIKE '%VIEW', 'view', 'table') AS kind, ENGINE AS engine,
      IFNULL(TABLE_ROWS, 0) AS row_count, IFNULL(DATA_LENGTH + INDEX_LENGTH, 0) AS bytes
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME`,
      [database],
    )
  ).map(({ row_count: rows, bytes, ...table }) => ({ ...table, rows: Number(rows), bytes: Number(bytes) }))

/** Whether a database has nothing in it that could be lost. */
export async function isEmpty(database: string): Promise<boolean> {
  const [row] = await ask<{ count: number }>(
    `SELECT (SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?)
      + (SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ?)
      + (SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ?) AS count`,
    [database, database, database],
  )
  return Number(row?.count) === 0
}

export interface Query {
  id: number
  username: string
  seconds: number
  state: string
  sql: string
}

/** The statements that run in a database now, the longest first; those of the panel itself are not. */
export const listQueries = async (database: string): Promise<Query[]> =>
  (
    await ask<Query>(
      `SELECT ID AS id, USER AS username, IFNULL(TIME, 0) AS seconds, IFNULL(STATE, '') AS state,
      LEFT(IFNULL(INFO, ''), 4000) AS \`sql\`
    FROM information_schema.PROCESSLIST WHERE DB = ? AND COMMAND <> 'Sleep' AND USER <> 'root'
    ORDER BY TIME_MS DESC LIMIT 200`,
      [database],
    )
  ).map((query) => ({ ...query, id: Number(query.id), seconds: Number(query.seconds) }))

/** Ends a statement that runs in a database; answers whether there was one. */
export async function endQuery(database: string, id: number): Promise<boolean> {
  if (!(await listQueries(database)).some((query) => query.id === id)) return false
  await ask('KILL QUERY ?', [id])
  return true
}

/**
 * Where a database's files are: what no file name needs escaped is as it is (MariaDB, Identifier to File Name Mapping).
 */
const directoryOf = (database: string): string =>
  `${paths.mariadbData}/${database.replaceAll(/[^A-Za-z0-9_]/g, escaped)}`

const escaped = (character: string): string => `@${character.codePointAt(0)!.toString(16).padStart(4, '0')}`

/** Bytes on disk and tables of each database, in the order asked. Reads the files: MariaDB need not answer. */
export async function usageOf(databases: readonly string[]): Promise<{ bytes: number; tables: number }[]> {
  const bytes = databases.length > 0 ? await sizesOf(databases.map(directoryOf)) : []
  const tables = await Promise.all(
    databases.map(
      async (name) => (await listDirectory(directoryOf(name))).filter((file) => file.endsWith('.frm')).length,
    ),
  )
  return databases.map((_, index) => ({ bytes: bytes[index]!, tables: tables[index]! }))
}

/** How long MariaDB may take to start with new settings (s): it may have to recover first. */
const START_TIMEOUT_S = 120

/**
 * Has MariaDB take its settings, if it would start with them: one that runs is not ended for settings that are broken.
 */
export async function restart(): Promise<void> {
  await checkConfiguration()
  await restartService('mariadb', START_TIMEOUT_S)
  if (!(await answers()))
    throw new PanelError(
      'mariadb_restart_failed',
      503,
      'MariaDB did not start with the new settings, so the previous ones were restored. Look at: journalctl -u mariadb',
    )
}
