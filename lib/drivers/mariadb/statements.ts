import type { DatabaseSpec, Grant } from '../../model/databases/schema.ts'

export type Charset = DatabaseSpec['charset']

/** A name in backticks, which doubles those inside (MariaDB, Identifier Names). */
export const identifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``

/** In GRANT a database's name is a pattern: `_` and `%` stand for others unless they are escaped. */
const exactly = (database: string): string => identifier(database.replaceAll(/[\\_%]/g, '\\$&'))

/** A string literal that means the same whatever NO_BACKSLASH_ESCAPES says: what needs escapes is refused. */
function literal(text: string): string {
  if (/[^ -~]|['\\]/.test(text)) throw new Error('not a plain literal')
  return `'${text}'`
}

/** Programs on this server come by the socket, or by 127.0.0.1, which is localhost too. */
export const account = (username: string): string => `${literal(username)}@'localhost'`

export const createDatabase = (name: string, charset: Charset): string =>
  `CREATE DATABASE ${identifier(name)} CHARACTER SET ${charset}`
export const alterDatabase = (name: string, charset: Charset): string =>
  `ALTER DATABASE ${identifier(name)} CHARACTER SET ${charset}`
export const dropDatabase = (name: string): string => `DROP DATABASE IF EXISTS ${identifier(name)}`

/** An account that is made. The only way to it is its password, kept as MariaDB keeps it. */
export interface NewAccount {
  username: string
  hash: string
}

/** Makes accounts of one kind. In one statement, so that none is half made, and MariaDB waits for the disk once. */
export const createUsers = (
  accounts: readonly NewAccount[],
  database: string,
  rights: Rights,
  connections: number,
): string =>
  `GRANT ${wordsOf(rights).join(', ')} ON ${exactly(database)}.* TO ${accounts
    .map(({ username, hash }) => `${account(username)} IDENTIFIED BY PASSWORD ${literal(hash)}`)
    .join(', ')} ${atMost(connections)}`
const atMost = (connections: number): string => `WITH MAX_USER_CONNECTIONS ${Math.trunc(connections)}`
export const limitConnections = (username: string, connections: number): string =>
  `ALTER USER ${account(username)} ${atMost(connections)}`
export const setPassword = (username: string, hash: string): string =>
  `ALTER USER ${account(username)} IDENTIFIED BY PASSWORD ${literal(hash)}`
export const dropUser = (username: string): string => `DROP USER IF EXISTS ${account(username)}`
/** Ends its connections, which would otherwise outlive a changed password or a lost right. */
export const endConnections = (username: string): string => `KILL HARD CONNECTION USER ${account(username)}`

const READ = ['SELECT', 'SHOW VIEW']
const WRITE = [...READ, 'INSERT', 'UPDATE', 'DELETE', 'EXECUTE', 'LOCK TABLES', 'CREATE TEMPORARY TABLES']

/** Rights of an account. `full`: its database has used up its disk, so that it may only read and remove. */
export interface Rights {
  grant: Grant
  full: boolean
}

/** MariaDB's own words for what a grant allows; ALL is not spelled out, as newer versions have more. */
const privileges: Record<Grant, readonly string[]> = { read: READ, write: WRITE, all: ['ALL PRIVILEGES'] }
const REMOVE = [...READ, 'DELETE', 'LOCK TABLES']
const whileFull: Record<Grant, readonly string[]> = { read: READ, write: REMOVE, all: [...REMOVE, 'DROP'] }

const wordsOf = ({ grant, full }: Rights): readonly string[] => (full ? whileFull : privileges)[grant]

/** Every pair of rights that differ; who may only read loses nothing. */
const allRights: readonly Rights[] = (['read', 'write', 'all'] as const).flatMap((grant) => [
  { grant, full: false },
  ...(grant === 'read' ? [] : [{ grant, full: true }]),
])

export const grantTo = (username: string, database: string, rights: Rights): string =>
  `GRANT ${wordsOf(rights).join(', ')} ON ${exactly(database)}.* TO ${account(username)}`
export const revokeAll = (username: string): string => `REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${account(username)}`

/** The line of SHOW GRANTS that names a password and how many connections there may be, and nothing else. */
const PASSWORD =
  /^GRANT USAGE ON \*\.\* TO \S+(?: IDENTIFIED BY PASSWORD '[^']*')?(?: WITH MAX_USER_CONNECTIONS (\d+))?$/

/** Reads an account's limit of connections from SHOW GRANTS; 0: no limit. */
export const parseConnections = (lines: readonly string[]): number =>
  Number(lines.map((line) => PASSWORD.exec(line)?.[1]).find(Boolean) ?? 0)

/**
 * Reads the answer of SHOW GRANTS for an account that was made here, beside the line that names its password: one line
 * for one database, and its grant. null: somebody changed it.
 */
export function parseGrants(lines: readonly string[], username: string): (Rights & { database: string }) | null {
  const [only, ...more] = lines.filter((line) => !PASSWORD.test(line))
  const parts = /^GRANT (.+) ON `((?:[^`]|``)+)`\.\* TO (.+)$/.exec(only ?? '')
  if (!parts || more.length > 0 || parts[3]!.replaceAll('`', "'") !== account(username)) return null
  const granted = parts[1]!.split(', ').sort().join()
  const rights = allRights.find((each) => [...wordsOf(each)].sort().join() === granted)
  return rights ? { database: parts[2]!.replaceAll('``', '`').replaceAll(/\\([\\_%])/g, '$1'), ...rights } : null
}

/** More dumps at once than this would leave too little of the server. */
const DUMPS = 20

/** Makes the account for dumps: it reads everything, changes nothing, and is known by its Linux user. */
export const createDumper = (username: string): string[] => [
  `CREATE USER IF NOT EXISTS ${account(username)} IDENTIFIED VIA unix_socket`,
  `GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES, PROCESS ON *.* TO ${account(username)} ${atMost(DUMPS)}`,
]
