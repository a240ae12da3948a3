import { passwordHash } from '../databases/password.ts'
import type { DatabaseSpec } from '../databases/schema.ts'
import type { OwnAccount } from '../drivers/mariadb/own.ts'
import type { Resource } from './resource.ts'

/** Everything a database is in MariaDB, in the order in which it is made: itself, its own account, its users. Pure. */
export const describeDatabase = ({ name, charset, users }: DatabaseSpec, own: OwnAccount, gone: readonly string[] = []): Resource[] => [
  { kind: 'database', name, state: { charset } },
  { kind: 'login', name: own.username, state: { database: name, grant: 'all', hash: passwordHash(own.password) } },
  ...users.map(({ username, grant, hash }): Resource => ({ kind: 'login', name: username, state: { database: name, grant, hash } })),
  ...gone.map((name): Resource => ({ kind: 'login', name, state: null })),
]
