import { PanelError } from '../errors.ts'
import type { Context } from '../function/context.ts'
import { clearCounter, clearCounters, decrement, increment } from '../store/counters.ts'
import { findUser, type User } from '../store/users.ts'
import { networkOf } from './address.ts'
import type { Identity } from './identify.ts'
import { passwordFits } from './passwords.ts'
import { codeFits } from './second-factor.ts'

const TRIES = 5
const WINDOW = 5 * 60_000

export interface Credentials {
  username: string
  password: string
  /** From the person's app, or a recovery code. */
  code?: string | undefined
}

/**
 * Checks a name, a password and, where there is one, the second factor. Throws `wrong_credentials`,
 * `code_required`, `wrong_code`, or `too_many_attempts` after 5 in 5 minutes for the name or the address.
 */
export async function checkCredentials(ctx: Context, { username, password, code }: Credentials, address: string): Promise<User> {
  const tries = takeTries(ctx, username, address)
  const user = findUser(ctx.db, username.toLowerCase())
  if (!(await passwordFits(user?.password ?? null, password))) {
    throw new PanelError('wrong_credentials', 401, 'The user name or the password is wrong')
  }
  if (user!.totpSecret && code === undefined) {
    tries.takeBack()
    throw new PanelError('code_required', 401, 'Send the code of your authenticator app, or a recovery code, as "code"')
  }
  if (user!.totpSecret && !(await codeFits(ctx, user!, code!))) {
    throw new PanelError('wrong_code', 401, 'The code is wrong, or was used already; wait for the next one')
  }
  tries.forgive()
  return user!
}

/** Asks a person for their password once more, before something that could take the account over. Throws `wrong_password`. */
export async function confirmPassword(ctx: Context, { username }: Identity, password: string, address: string): Promise<User> {
  const tries = takeTries(ctx, username, address)
  const user = findUser(ctx.db, username)
  if (!(await passwordFits(user?.password ?? null, password))) throw new PanelError('wrong_password', 403, 'This is not your password')
  tries.forgive()
  return user!
}

/** One try, counted for the name and the address before anything is looked at. */
function takeTries(ctx: Context, username: string, address: string) {
  const byName = `sign-in:name:${username.toLowerCase()}`
  const byAddress = `sign-in:address:${networkOf(address)}`
  // The address first: one that has used its tries up cannot use up other people's.
  takeTry(ctx, byAddress)
  takeTry(ctx, byName)
  return {
    /** Half a sign-in is no failure, and buys no more tries either. */
    takeBack() {
      decrement(ctx.db, byName)
      decrement(ctx.db, byAddress)
    },
    /** For the address only this try is taken back: one's own password must not buy more guesses at others'. */
    forgive() {
      clearCounter(ctx.db, byName)
      decrement(ctx.db, byAddress)
    },
  }
}

/** Counted before the password is looked at: a hundred guesses at once are a hundred. Throws `too_many_attempts`. */
export function takeTry(ctx: Context, key: string): void {
  const now = Date.now()
  const { count, expiresAt } = increment(ctx.db, key, WINDOW, now)
  if (count <= TRIES) return
  const retryAfter = Math.ceil((expiresAt - now) / 1000)
  throw new PanelError('too_many_attempts', 429, `Too many attempts to sign in; try again in ${retryAfter} seconds`, { retryAfter })
}

/** Lets everybody try again at once, from everywhere. */
export const forgetAllTries = (ctx: Context): void => clearCounters(ctx.db, 'sign-in:')

/** Lets a locked-out person try again at once. */
export const forgetTries = (ctx: Context, username: string): void => clearCounter(ctx.db, `sign-in:name:${username}`)
