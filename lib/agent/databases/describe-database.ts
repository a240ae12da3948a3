import type { DatabaseAccount } from '../../drivers/mariadb/database-account.ts'
import { passwordHash } from '../../model/databases/password.ts'
import type { DatabaseSpec } from '../../model/databases/schema.ts'
import type { Resource } from '../resources/resource.ts'

/**
 * Everything a database is in MariaDB, in the order in which it is made. Its own account comes first: it says whose the
 * database is. Pure.
 */
export const describeDatabase = (
  { name, charset, users, full }: DatabaseSpec,
  own: DatabaseAccount,
  connections: number,
  gone: readonly string[] = [],
): Resource[] => [
  describeOwn(name, own, connections, full),
  { kind: 'database', name, state: { charset } },
  ...users.map(({ username, grant, hash }): Resource => ({
    kind: 'login',
    name: username,
    state: { database: name, grant, full: full && grant !== 'read', hash, connections },
  })),
  ...gone.map((name): Resource => ({ kind: 'login', name, state: null })),
]

export const describeOwn = (
  database: string,
  { username, password }: DatabaseAccount,
  connections: number,
  full: boolean,
): Resource => ({
  kind: 'login',
  name: username,
  state: { database, grant: 'all', full, hash: passwordHash(password), connections },
})
