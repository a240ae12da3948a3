import * as v from 'valibot'
import type { Identity } from '../../model/auth/identity.ts'
import { forSessions, refuseTokens } from '../../model/auth/set-by.ts'
import { newUsername } from '../../model/auth/usernames.ts'
import { PanelError } from '../../model/errors.ts'
import { deleteNetworks } from '../auth/known-networks.ts'
import { hashPassword, newPassword } from '../auth/passwords.ts'
import { endSessions } from '../auth/sessions.ts'
import { deleteDnsAccount } from '../certificates/dns.ts'
import type { Context } from '../http/context.ts'
import { countDatabases } from '../store/databases.ts'
import { listPasskeys, removePasskeys } from '../store/passkeys.ts'
import { replaceRecoveryCodes } from '../store/recovery-codes.ts'
import { sitesOf } from '../store/sites.ts'
import {
  addUser,
  changeUser,
  findUser,
  listUsers as listRows,
  removeUser,
  setPassword,
  setTotpSecret,
  type User,
} from '../store/users.ts'

const most = (maximum: number) => v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(maximum)))

/** How much a user may have; null is as much as wanted. Disk in MiB, over all of the user's sites. */
export const limits = v.strictObject({
  sites: most(100_000),
  databases: most(100_000),
  apps: most(100_000),
  diskMb: most(100_000_000),
  files: most(1_000_000_000),
})

const role = v.picklist(['admin', 'user'])

/** Input of POST /api/users; a limit that is left out is none. */
export const newUser = v.strictObject({
  username: newUsername,
  password: forSessions(newPassword),
  role: v.optional(forSessions(role, { othersMay: ['user'] }), 'user'),
  limits: v.optional(v.partial(limits), {}),
})

/**
 * Input of PATCH /api/users/{user}. A new password ends the user's sessions; `resetSecondFactor` also removes their
 * passkeys.
 */
export const userChanges = v.strictObject({
  role: v.optional(forSessions(role)),
  limits: v.optional(v.partial(limits)),
  password: v.optional(forSessions(newPassword)),
  resetSecondFactor: v.optional(forSessions(v.literal(true))),
})

/** A user as the API answers them. */
export const user = v.strictObject({
  username: v.string(),
  role,
  limits,
  /** How many sites they own. */
  sites: v.number(),
  secondFactor: v.boolean(),
  createdAt: v.string(),
})
type UserInfo = v.InferOutput<typeof user>

export const listUsers = (ctx: Context): UserInfo[] => listRows(ctx.db).map((row) => toInfo(ctx, row))

/** One user. Throws `user_not_found`. */
export const getUser = (ctx: Context, username: string): UserInfo => toInfo(ctx, existing(ctx, username))

const existing = (ctx: Context, username: string): User => {
  const row = findUser(ctx.db, username)
  if (!row) throw new PanelError('user_not_found', 404, 'There is no such user')
  return row
}

const toInfo = (ctx: Context, { username, role, limits, totpSecret, createdAt }: User): UserInfo => ({
  username,
  role,
  limits,
  createdAt,
  sites: sitesOf(ctx.db, username).length,
  secondFactor: totpSecret !== null || listPasskeys(ctx.db, username).length > 0,
})

const unlimited = { sites: null, databases: null, apps: null, diskMb: null, files: null }

/** Adds a user. Throws `user_exists`. */
export async function createUser(ctx: Context, input: v.InferOutput<typeof newUser>): Promise<UserInfo> {
  const { username, role } = input
  const row = {
    username,
    role,
    limits: { ...unlimited, ...input.limits },
    password: await hashPassword(input.password),
    createdAt: new Date().toISOString(),
  }
  if (!addUser(ctx.db, row)) throw new PanelError('user_exists', 409, `There already is a user ${username}`)
  return getUser(ctx, username)
}

/** Changes a user. Throws `user_not_found`, `session_needed`, `last_administrator`. */
export async function updateUser(
  ctx: Context,
  identity: Identity,
  username: string,
  changes: v.InferOutput<typeof userChanges>,
): Promise<UserInfo> {
  const before = existing(ctx, username)
  if (before.role === 'admin') refuseTokens(identity, 'Changing an administrator')
  const password = changes.password && (await hashPassword(changes.password))
  if (
    !changeUser(ctx.db, username, {
      role: changes.role ?? before.role,
      limits: { ...before.limits, ...changes.limits },
    })
  )
    throw lastAdministrator()
  if (changes.resetSecondFactor) dropSecondFactor(ctx, username)
  if (password) setPassword(ctx.db, username, password)
  if (password || changes.resetSecondFactor) {
    await endSessions(ctx, username, identity.key)
    await deleteNetworks(ctx, username)
  }
  return getUser(ctx, username)
}

/** Deletes everything a user signs in with beside the password. */
export function dropSecondFactor(ctx: Context, username: string): void {
  setTotpSecret(ctx.db, username, null, 0)
  replaceRecoveryCodes(ctx.db, username, [])
  removePasskeys(ctx.db, username)
}

/**
 * Removes a user who owns nothing. Throws `user_not_found`, `session_needed`, `user_has_sites`, `user_has_databases`,
 * `last_administrator`.
 */
export async function deleteUser(ctx: Context, identity: Identity, username: string): Promise<void> {
  if (existing(ctx, username).role === 'admin') refuseTokens(identity, 'Removing an administrator')
  const sites = sitesOf(ctx.db, username)
  if (sites.length > 0) {
    throw new PanelError(
      'user_has_sites',
      409,
      `${username} still owns ${sites.length} sites, such as ${sites[0]}; delete them or give them to somebody ` +
        'else first',
    )
  }
  const databases = countDatabases(ctx.db, username)
  if (databases > 0) {
    throw new PanelError(
      'user_has_databases',
      409,
      `${username} still has ${databases} databases; delete them or give them to somebody else first`,
    )
  }
  await deleteDnsAccount(ctx, username)
  if (!removeUser(ctx.db, username)) throw lastAdministrator()
  await endSessions(ctx, username)
  await deleteNetworks(ctx, username)
}

const lastAdministrator = (): PanelError =>
  new PanelError('last_administrator', 409, 'One administrator must remain; make another one first')
