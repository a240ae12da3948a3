import { randomInt } from 'node:crypto'
import { ROOT } from '../../model/auth/usernames.ts'
import { PanelError } from '../../model/errors.ts'
import { deleteNetworks } from '../auth/known-networks.ts'
import { hashPassword } from '../auth/passwords.ts'
import { endSessions } from '../auth/sessions.ts'
import { deleteAllAttempts } from '../auth/tries.ts'
import type { Context } from '../http/context.ts'
import { addAuditEntry } from '../store/audit.ts'
import { listTokens } from '../store/tokens.ts'
import { addFirstAdministrator, listUsers, setPassword, type User } from '../store/users.ts'
import { dropSecondFactor } from './users.ts'

/** Without what is easily confused when it is read from one screen and typed at another. */
const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz'

export interface NewAccess {
  username: string
  password: string
  /** Whether the account is new. */
  created: boolean
  /** How many API tokens it has, which go on working. */
  tokens: number
}

/**
 * Lets a locked-out administrator in: a new password, no second factor, no passkeys, no sessions, and nobody's
 * tries to sign in count any more. Makes one where there is none. Throws `user_not_found`, `several_administrators`,
 * `user_exists`.
 */
export async function resetAdministrator(ctx: Context, wanted: string | undefined): Promise<NewAccess> {
  const password = newRandomPassword()
  const hash = await hashPassword(password)
  const { username, created } = ctx.db.sqlite
    .transaction(() => {
      const done = giveAccess(ctx, wanted, hash)
      deleteAllAttempts(ctx)
      const at = new Date().toISOString()
      addAuditEntry(ctx.db, {
        at,
        actor: ROOT,
        address: 'local',
        action: 'user.reset',
        object: done.username,
        ok: true,
        code: null,
        details: { created: done.created },
        before: undefined,
        after: undefined,
      })
      return done
    })
    .immediate()
  await endSessions(ctx, username)
  await deleteNetworks(ctx, username)
  return { username, password, created, tokens: listTokens(ctx.db, username).length }
}

function giveAccess(ctx: Context, wanted: string | undefined, hash: string): { username: string; created: boolean } {
  const users = listUsers(ctx.db)
  const administrators = users.filter(({ role }) => role === 'admin')
  if (administrators.length === 0) return { username: create(ctx, users, wanted ?? 'admin', hash), created: true }
  const { username } = choose(administrators, wanted)
  setPassword(ctx.db, username, hash)
  dropSecondFactor(ctx, username)
  return { username, created: false }
}

function choose(administrators: readonly User[], wanted: string | undefined): User {
  const names = administrators.map(({ username }) => username).join(', ')
  if (wanted === undefined && administrators.length > 1)
    throw new PanelError('several_administrators', 409, `Name one of them with --username: ${names}`)
  const found =
    wanted === undefined ? administrators[0] : administrators.find(({ username }) => username === wanted.toLowerCase())
  if (!found) throw new PanelError('user_not_found', 404, `There is no such administrator. Administrators: ${names}`)
  return found
}

function create(ctx: Context, users: readonly User[], name: string, hash: string): string {
  const username = name.toLowerCase()
  if (users.some((user) => user.username === username))
    throw new PanelError('user_exists', 409, `${username} is not an administrator; choose another name with --username`)
  if (!addFirstAdministrator(ctx.db, { username, password: hash, createdAt: new Date().toISOString() }))
    throw new PanelError('user_exists', 409, 'An administrator was made just now; try again')
  return username
}

/** 99 random bits in four groups. */
const newRandomPassword = (): string =>
  Array.from({ length: 4 }, () => Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]!).join('')).join(
    '-',
  )
