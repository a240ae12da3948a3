import { PanelError } from '../errors.ts'
import type { Context } from '../function/context.ts'
import { clearCounter, decrement, increment } from '../store/counters.ts'
import { findUser, type User } from '../store/users.ts'
import { networkOf } from './address.ts'
import { passwordFits } from './passwords.ts'

const TRIES = 5
const WINDOW = 5 * 60_000

/** Checks a name and password. Throws `wrong_credentials`, or `too_many_attempts` after 5 in 5 minutes for the name or the address. */
export async function checkCredentials(ctx: Context, username: string, password: string, address: string): Promise<User> {
  const name = username.toLowerCase()
  const byName = `sign-in:name:${name}`
  const byAddress = `sign-in:address:${networkOf(address)}`
  // The address first: one that has used its tries up cannot use up other people's.
  takeTry(ctx, byAddress)
  takeTry(ctx, byName)
  const user = findUser(ctx.db, name)
  if (!(await passwordFits(user?.password ?? null, password))) {
    throw new PanelError('wrong_credentials', 401, 'The user name or the password is wrong')
  }
  clearCounter(ctx.db, byName)
  // Only this try is taken back: one's own password must not buy more guesses at others'.
  decrement(ctx.db, byAddress)
  return user!
}

/** Counted before the password is looked at: a hundred guesses at once are a hundred. Throws `too_many_attempts`. */
export function takeTry(ctx: Context, key: string): void {
  const now = Date.now()
  const { count, expiresAt } = increment(ctx.db, key, WINDOW, now)
  if (count <= TRIES) return
  const retryAfter = Math.ceil((expiresAt - now) / 1000)
  throw new PanelError('too_many_attempts', 429, `Too many attempts to sign in; try again in ${retryAfter} seconds`, { retryAfter })
}
