import type { Identity } from '../../model/auth/identity.ts'
import { PanelError } from '../../model/errors.ts'
import type { Context } from '../http/context.ts'
import { findUser, type User } from '../store/users.ts'
import { passwordFits } from './passwords.ts'
import { codeFits } from './second-factor.ts'
import { takeConfirmation, takeTries } from './tries.ts'

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
export async function checkCredentials(
  ctx: Context,
  { username, password, code }: Credentials,
  address: string,
): Promise<User> {
  const tries = await takeTries(ctx, username, address)
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

/**
 * Asks a person for their password once more, before a change that could take the account over. Throws
 * `wrong_password`, `too_many_attempts`.
 */
export async function confirmPassword(ctx: Context, { username }: Identity, password: string): Promise<User> {
  const tries = takeConfirmation(ctx, username)
  const user = findUser(ctx.db, username)
  if (!(await passwordFits(user?.password ?? null, password)))
    throw new PanelError('wrong_password', 403, 'This is not your password')
  tries.forgive()
  return user!
}
