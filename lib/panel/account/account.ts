import * as v from 'valibot'
import type { Identity } from '../../model/auth/identity.ts'
import { PanelError } from '../../model/errors.ts'
import { deleteNetworks, noteNetwork } from '../auth/known-networks.ts'
import { hashPassword } from '../auth/passwords.ts'
import { endSession, endSessions, idOf, sessionsOf } from '../auth/sessions.ts'
import { confirmPassword } from '../auth/sign-in.ts'
import type { Context } from '../http/context.ts'
import { listPasskeys } from '../store/passkeys.ts'
import { countRecoveryCodes } from '../store/recovery-codes.ts'
import { findUser, setPassword } from '../store/users.ts'
import { usage, usageOf } from '../users/usage.ts'
import { limits } from '../users/users.ts'

/** Answer of GET /api/account. */
export const account = v.strictObject({
  username: v.string(),
  role: v.picklist(['admin', 'user']),
  /** Whether signing in asks for a code. */
  totp: v.boolean(),
  /** How many recovery codes are left. */
  recoveryCodes: v.number(),
  passkeys: v.number(),
  limits,
  /** As last measured. */
  usage,
})

export function readAccount(ctx: Context, { username }: Identity): v.InferOutput<typeof account> {
  const { role, totpSecret, limits } = findUser(ctx.db, username)!
  return {
    username,
    role,
    limits,
    usage: usageOf(ctx, username),
    totp: totpSecret !== null,
    recoveryCodes: countRecoveryCodes(ctx.db, username),
    passkeys: listPasskeys(ctx.db, username).length,
  }
}

/** Changes a person's own password and ends their other sessions. Throws `wrong_password`, `too_many_attempts`. */
export async function changePassword(
  ctx: Context,
  identity: Identity,
  input: { currentPassword: string; password: string },
  address: string,
): Promise<void> {
  await confirmPassword(ctx, identity, input.currentPassword)
  setPassword(ctx.db, identity.username, await hashPassword(input.password))
  await endSessions(ctx, identity.username, identity.key)
  await deleteNetworks(ctx, identity.username)
  await noteNetwork(ctx, identity.username, address)
}

/** A session as the API answers it. */
export const session = v.strictObject({
  id: v.string(),
  /** Whether it is the one that asks. */
  current: v.boolean(),
  address: v.string(),
  /** Name that the browser gives itself: anybody's words. */
  agent: v.string(),
  createdAt: v.string(),
  lastSeenAt: v.string(),
  expiresAt: v.string(),
})

/** A person's own sessions, the one used last first. */
export function listSessions(ctx: Context, identity: Identity): v.InferOutput<typeof session>[] {
  const iso = (time: number) => new Date(time).toISOString()
  return sessionsOf(ctx, identity.username, Date.now())
    .toSorted((a, b) => b.session.lastSeen - a.session.lastSeen)
    .map(({ key, session: { address, agent, createdAt, lastSeen }, expiresAt }) => ({
      id: idOf(key),
      current: key === identity.key,
      address,
      agent,
      createdAt: iso(createdAt),
      lastSeenAt: iso(lastSeen),
      expiresAt: iso(expiresAt),
    }))
}

/** Ends one of a person's own sessions. Throws `session_not_found`. */
export async function endOwnSession(ctx: Context, identity: Identity, id: string): Promise<void> {
  const found = sessionsOf(ctx, identity.username, Date.now()).find(({ key }) => idOf(key) === id)
  if (!found) throw new PanelError('session_not_found', 404, 'This session is not yours, or has ended')
  await endSession(ctx, found.key)
}

/** Ends all of a person's sessions but the one that asks. */
export const endOtherSessions = async (ctx: Context, identity: Identity): Promise<{ ended: number }> => ({
  ended: await endSessions(ctx, identity.username, identity.key),
})
