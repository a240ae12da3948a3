import { maxLength, optional, pipe, strictObject, string } from 'valibot'
import { logSignIn } from '../../lib/panel/auth/auth-log.ts'
import { signIn } from '../../lib/panel/auth/session.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'
import { sessionInfo } from './_session.ts'

const text = pipe(string(), maxLength(1024))

export default defineFunction({
  summary: 'Sign in',
  throws: ['code_required', 'too_many_attempts', 'wrong_code', 'wrong_credentials'],
  perMinute: 240,
  access: 'public',
  scope: 'session',
  audit: 'session.create',
  body: strictObject({ username: text, password: text, code: optional(text) }),
  returns: sessionInfo,
  run: ({ ctx, body, address, event, identity }) =>
    logSignIn('sign-in', body.username, address, () => signIn(ctx, event, body, address, identity)),
})
