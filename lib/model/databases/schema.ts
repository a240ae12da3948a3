import * as v from 'valibot'
import { forAdministrators, themselves } from '../auth/set-by.ts'
import { username } from '../auth/usernames.ts'
import { domain } from '../domain.ts'

/** Names that belong to MariaDB itself, however they are written. */
const reserved = ['mysql', 'information_schema', 'performance_schema', 'sys', 'test']
const reservedUsers = [
  'root',
  'mysql',
  'mariadb',
  'mariadb-sys',
  'debian-sys-maint',
  'public',
  'current_user',
  'current_role',
  'session_user',
  'system_user',
]

/** A name needs no quoting in any client, connection string or file, and cannot be taken for an option. */
export const databaseName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'Use letters, digits, _ and -, beginning with a letter, 64 at most'),
  v.check((name) => !reserved.includes(name.toLowerCase()), 'This name belongs to MariaDB itself'),
)

/** A MariaDB account; it belongs to one database, and its name to the whole server. */
export const databaseUser = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/, 'Use letters, digits, _ and -, beginning with a letter, 32 at most'),
  v.check(
    (name) => !reservedUsers.includes(name.toLowerCase()) && !name.toLowerCase().startsWith('hosting-panel'),
    'This name is kept for MariaDB or the panel',
  ),
)

export const charset = v.picklist(['utf8mb4', 'utf8mb3', 'latin1', 'latin2', 'ascii', 'binary'])

/** `read` sees data, `write` changes it, `all` also makes and changes tables, views, triggers, routines and events. */
export const grant = v.picklist(['read', 'write', 'all'])
export type Grant = v.InferOutput<typeof grant>

/** As MariaDB keeps it: '*' and SHA-1 twice, in hexadecimal. The password itself is nowhere. */
export const passwordHash = v.pipe(v.string(), v.regex(/^\*[0-9A-F]{40}$/))

export const userSpec = v.strictObject({ username: databaseUser, grant, hash: passwordHash })
export type UserSpec = v.InferOutput<typeof userSpec>

/** A complete database: what the store keeps and the agent is told. */
export const databaseSpec = v.strictObject({
  name: databaseName,
  charset,
  users: v.array(userSpec),
  /** Whether it may not grow, as its limit of disk is reached. Set by the panel's watch alone (lib/storage). */
  full: v.boolean(),
})
export type DatabaseSpec = v.InferOutput<typeof databaseSpec>

const owner = forAdministrators(v.nullable(username), { othersMay: themselves })

/** Input of POST /api/databases. */
export const newDatabase = v.strictObject({
  name: databaseName,
  /** The site it is for: whoever has the site has it. */
  site: v.optional(v.nullable(domain), null),
  charset: v.optional(charset, 'utf8mb4'),
  /** A first user, who may do everything in it; the answer has the password. */
  user: v.optional(databaseUser),
  /** The user it is to belong to when it is for no site; only administrators say. */
  owner: v.optional(owner),
})
export type NewDatabase = v.InferOutput<typeof newDatabase>

/** How a program reaches a database. `password` is there once, when it was made. */
export const connection = v.strictObject({
  host: v.string(),
  port: v.number(),
  socket: v.string(),
  database: v.string(),
  username: v.string(),
  password: v.optional(v.string()),
  /** `mysql://user:password@127.0.0.1:3306/name`; without the password where there is none. */
  url: v.string(),
})
export type Connection = v.InferOutput<typeof connection>

export const user = v.strictObject({ username: databaseUser, grant, createdAt: v.string(), connection })
export type User = v.InferOutput<typeof user>

/** Input of POST /api/databases/{db}/users. */
export const newUser = v.strictObject({ username: databaseUser, grant })
export type NewUser = v.InferOutput<typeof newUser>

/** Input of PATCH of a user. With `rotatePassword` the answer has a new password, and the old one is void. */
export const userChanges = v.strictObject({ grant: v.optional(grant), rotatePassword: v.optional(v.literal(true)) })
export type UserChanges = v.InferOutput<typeof userChanges>

/** A database in the list. */
export const database = v.strictObject({
  name: databaseName,
  charset,
  site: v.nullable(domain),
  /** Owner; null: the administrators. */
  owner: v.nullable(v.string()),
  /** `full`: it reached its limit of disk, so that its users may only read and remove. */
  state: v.picklist(['active', 'full', 'applying', 'deleting']),
  /** Data and indexes, as MariaDB counts them; null when it does not answer. */
  bytes: v.nullable(v.number()),
  tables: v.nullable(v.number()),
  users: v.number(),
  createdAt: v.string(),
})
export type Database = v.InferOutput<typeof database>

export const databaseTable = v.strictObject({
  name: v.string(),
  kind: v.picklist(['table', 'view']),
  engine: v.nullable(v.string()),
  /** MariaDB's estimate. */
  rows: v.number(),
  bytes: v.number(),
})

/** One database, whole. */
export const databaseDetails = v.strictObject({
  ...v.omit(database, ['users', 'tables']).entries,
  users: v.array(user),
  tables: v.nullable(v.array(databaseTable)),
})
export type DatabaseDetails = v.InferOutput<typeof databaseDetails>

/** Input of PATCH /api/databases/{db}: the owner from now on. */
export const databaseMove = v.strictObject({ site: v.optional(v.nullable(domain)), owner: v.optional(owner) })

/** A statement's number, as a path has it. */
export const queryId = v.pipe(v.string(), v.regex(/^[1-9]\d{0,14}$/), v.transform(Number))

/** A statement that runs now. */
export const query = v.strictObject({
  id: v.number(),
  username: v.string(),
  seconds: v.number(),
  state: v.string(),
  /** The first 4,000 characters. */
  sql: v.string(),
})

export const compression = v.picklist(['none', 'gzip', 'zstd'])
export type Compression = v.InferOutput<typeof compression>

export const dumpId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))

/** A dump that the server keeps. Its `reason`: asked for, made of a database that was deleted, or before an import. */
export const dump = v.strictObject({
  id: dumpId,
  database: databaseName,
  reason: v.picklist(['export', 'deleted', 'before-import']),
  compression,
  bytes: v.number(),
  owner: v.nullable(v.string()),
  createdAt: v.string(),
  /** When it is removed by itself. */
  keptUntil: v.string(),
})
export type Dump = v.InferOutput<typeof dump>

/** Content types of a dump; its first bytes tell its real form. */
export const dumpTypes = [
  'application/sql',
  'application/gzip',
  'application/zstd',
  'application/octet-stream',
  'text/plain',
  'text/x-sql',
  'application/x-sql',
  'application/x-gzip',
]

/** Result of an import. */
export const imported = v.strictObject({
  /** The dump of the database before it, kept for three days; null when it was empty. */
  before: v.nullable(dumpId),
  /** A sentence for each thing of the dump that was left out or renamed. */
  notes: v.array(v.string()),
})
export type Imported = v.InferOutput<typeof imported>
