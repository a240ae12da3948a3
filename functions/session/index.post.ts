import { maxLength, optional, pipe, strictObject, string } from 'valibot'
import { logSignIn } from '../../lib/auth/auth-log.ts'
import { signIn } from '../../lib/auth/session.ts'
import { defineFunction } from '../../lib/function/define.ts'
import { sessionInfo } from './_session.ts'

const text = pipe(string(), maxLength(1024))

export default defineFunction({
  summary: 'Sign in',
  perMinute: 240,
  access: 'public',
  scope: 'session',
  audit: 'session.create',
  body: strictObject({ username: text, password: text, code: optional(text) }),
  returns: sessionInfo,
  run: ({ ctx, body, address, event, identity }) =>
    logSignIn('sign-in', body.username, address, () => signIn(ctx, event, body, address, identity)),
})
