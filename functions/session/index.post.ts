import { maxLength, normalize, optional, pipe, strictObject, string, trim } from 'valibot'
import { logSignIn } from '../../lib/panel/auth/auth-log.ts'
import { signIn } from '../../lib/panel/auth/session.ts'
import { code, password } from '../../lib/panel/auth/passwords.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'
import { sessionInfo } from './_session.ts'

/** Longer names than any account's are counted as tries, too. */
const name = pipe(string(), maxLength(1024, 'A user name has at most 1,024 characters'), normalize('NFKC'), trim())

export default defineFunction({
  summary: 'Sign in',
  throws: ['code_required', 'too_many_attempts', 'wrong_code', 'wrong_credentials'],
  perMinute: 240,
  access: 'public',
  scope: 'session',
  audit: 'session.create',
  body: strictObject({ username: name, password, code: optional(code) }),
  returns: sessionInfo,
  run: ({ ctx, body, address, event, identity }) =>
    logSignIn('sign-in', body.username, address, () => signIn(ctx, event, body, address, identity)),
})
