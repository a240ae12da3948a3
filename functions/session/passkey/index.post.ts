import { strictObject } from 'valibot'
import { logSignIn } from '../../../lib/panel/auth/auth-log.ts'
import { signInWithPasskey } from '../../../lib/panel/auth/session.ts'
import { authentication } from '../../../lib/panel/auth/webauthn.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { sessionInfo } from '../_session.ts'

export default defineFunction({
  summary: 'Sign in with a passkey',
  throws: ['passkey_refused', 'passkeys_need_a_name', 'too_many_attempts'],
  perMinute: 240,
  access: 'public',
  scope: 'session',
  audit: 'session.create',
  body: strictObject({ response: authentication }),
  returns: sessionInfo,
  run: ({ ctx, event, body, address, identity }) =>
    logSignIn('sign-in', '', address, () => signInWithPasskey(ctx, event, body.response, address, identity)),
})
