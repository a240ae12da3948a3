import type { Identity } from '../../model/auth/identity.ts'
import type { Connection, Database, DatabaseDetails, DatabaseSpec, User } from '../../model/databases/schema.ts'
import { PanelError } from '../../model/errors.ts'
import { sees } from '../auth/ownership.ts'
import type { Context } from '../http/context.ts'
import { findDatabase, listDatabases as listRows, type DatabaseRow, type KeptUser } from '../store/databases.ts'
import { passwordless } from './connection.ts'

const states = { create: 'applying', update: 'applying', delete: 'deleting' } as const

const describe = ({ spec, pending, site, owner, createdAt }: DatabaseRow) => ({
  name: spec.name,
  charset: spec.charset,
  site,
  owner,
  state: pending ? states[pending] : spec.full ? ('full' as const) : ('active' as const),
  createdAt,
})

/** The databases somebody may see, with what they take on disk. */
export async function listDatabases(ctx: Context, viewer: Identity): Promise<Database[]> {
  const rows = listRows(ctx.db).filter((row) => sees(viewer, row))
  const usage = await usageOf(
    ctx,
    rows.map(({ spec }) => spec.name),
  )
  return rows.map((row, index) => ({
    ...describe(row),
    users: row.spec.users.length,
    bytes: usage?.[index]?.bytes ?? null,
    tables: usage?.[index]?.tables ?? null,
  }))
}

/** One database with its users and tables. Throws `database_not_found`. */
export async function getDatabase(ctx: Context, name: string): Promise<DatabaseDetails> {
  const row = getRow(ctx, name)
  const usage = await usageOf(ctx, [name])
  const tables = await ctx.agent.call('databases.tables', { name }).then(
    (answer) => answer.tables,
    () => null,
  )
  return {
    ...describe(row),
    bytes: usage?.[0]?.bytes ?? null,
    tables,
    users: row.spec.users.map((user) => toUser(name, user)),
  }
}

/** Sizes are worth seeing, and no reason to show nothing. */
const usageOf = (ctx: Context, names: string[]) =>
  ctx.agent.call('databases.usage', { names }).then(
    ({ usage }) => usage,
    () => null,
  )

/** Reads a database from the store. Throws `database_not_found`. */
export function getRow(ctx: Context, name: string): DatabaseRow {
  const row = findDatabase(ctx.db, name)
  if (!row) throw new PanelError('database_not_found', 404, 'There is no such database')
  return row
}

export const toUser = (database: string, { username, grant, createdAt }: KeptUser): User => ({
  username,
  grant,
  createdAt,
  connection: passwordless(database, username),
})

/** A user with the password that was just made, which is shown this once. */
export function withPassword(user: User, password: string): User {
  const connection: Connection = {
    ...user.connection,
    password,
    url: user.connection.url.replace('@', `:${password}@`),
  }
  return { ...user, connection }
}

/** Lists the specs that the agent is told. */
export const toSpec = ({ name, charset, users, full }: DatabaseRow['spec']): DatabaseSpec => ({
  name,
  charset,
  full,
  users: users.map(({ createdAt: _, ...user }) => user),
})

/** Every database as the agent is told of it. */
export const listDatabaseSpecs = (ctx: Context): DatabaseSpec[] =>
  listRows(ctx.db)
    .filter(({ pending }) => pending !== 'delete')
    .map(({ spec }) => toSpec(spec))
