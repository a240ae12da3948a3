import { newDatabasePassword, passwordHash } from '../../model/databases/password.ts'
import type { NewUser, User, UserChanges } from '../../model/databases/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { Change } from '../../model/protocol/change.ts'
import type { Context } from '../http/context.ts'
import type { KeptSpec, KeptUser } from '../store/databases.ts'
import { changeDatabase, planDatabase } from './change.ts'
import { getRow, toUser, withPassword } from './read.ts'

/** How many accounts one database may have. */
const MOST = 50

export const listUsers = (ctx: Context, database: string): User[] =>
  getRow(ctx, database).spec.users.map((user) => toUser(database, user))

/** One user of a database. Throws `user_not_found`. */
export const getUser = (ctx: Context, database: string, username: string): User =>
  toUser(database, existing(ctx, database, username))

function existing(ctx: Context, database: string, username: string): KeptUser {
  const user = getRow(ctx, database).spec.users.find((each) => each.username === username)
  if (!user) throw new PanelError('user_not_found', 404, `${database} has no such user`)
  return user
}

const withUsers = (ctx: Context, database: string, change: (users: KeptUser[]) => KeptUser[]): KeptSpec => {
  const { spec } = getRow(ctx, database)
  return { ...spec, users: change(spec.users) }
}

const plan = (ctx: Context, next: KeptSpec): Promise<Change[]> => planDatabase(ctx, next, getRow(ctx, next.name).spec)

const added = (ctx: Context, database: string, { username, grant }: NewUser, password: string): KeptSpec =>
  withUsers(ctx, database, (users) => {
    if (users.some((user) => user.username === username))
      throw new PanelError(
        'username_taken',
        409,
        `There already is a database user ${username} on this server; take another name`,
      )
    if (users.length >= MOST)
      throw new PanelError('too_many_users', 409, `A database has ${MOST} users at most; remove one first`)
    return [...users, { username, grant, hash: passwordHash(password), createdAt: new Date().toISOString() }]
  })

export const planNewUser = (ctx: Context, database: string, input: NewUser): Promise<Change[]> =>
  plan(ctx, added(ctx, database, input, ''))

/** Adds a user; the answer has the password, which is nowhere else. Throws `username_taken`. */
export async function createUser(ctx: Context, database: string, input: NewUser): Promise<User> {
  const password = newDatabasePassword()
  await changeDatabase(ctx, added(ctx, database, input, password))
  return withPassword(getUser(ctx, database, input.username), password)
}

function changed(
  ctx: Context,
  database: string,
  username: string,
  { grant }: UserChanges,
  password: string | null,
): KeptSpec {
  existing(ctx, database, username)
  return withUsers(ctx, database, (users) =>
    users.map((user) =>
      user.username === username
        ? { ...user, grant: grant ?? user.grant, hash: password === null ? user.hash : passwordHash(password) }
        : user,
    ),
  )
}

export const planUser = (ctx: Context, database: string, username: string, changes: UserChanges): Promise<Change[]> =>
  plan(ctx, changed(ctx, database, username, changes, changes.rotatePassword ? '' : null))

/**
 * Changes what a user may, or gives a new password, which ends the connections that knew the old one. Throws
 * `user_not_found`.
 */
export async function updateUser(
  ctx: Context,
  database: string,
  username: string,
  changes: UserChanges,
): Promise<User> {
  const password = changes.rotatePassword ? newDatabasePassword() : null
  await changeDatabase(ctx, changed(ctx, database, username, changes, password))
  const user = getUser(ctx, database, username)
  return password === null ? user : withPassword(user, password)
}

function without(ctx: Context, database: string, username: string): KeptSpec {
  existing(ctx, database, username)
  return withUsers(ctx, database, (users) => users.filter((user) => user.username !== username))
}

export const planRemoval = (ctx: Context, database: string, username: string): Promise<Change[]> =>
  plan(ctx, without(ctx, database, username))

/** Removes a user and ends its connections. Throws `user_not_found`. */
export const deleteUser = (ctx: Context, database: string, username: string): Promise<void> =>
  changeDatabase(ctx, without(ctx, database, username))
