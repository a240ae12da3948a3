import { strictObject } from 'valibot'
import { signInWithPasskey } from '../../../lib/auth/session.ts'
import { authentication } from '../../../lib/auth/webauthn.ts'
import { defineFunction } from '../../../lib/function/define.ts'
import { sessionInfo } from '../_session.ts'

export default defineFunction({
  summary: 'Sign in with a passkey',
  access: 'public',
  scope: 'session',
  audit: 'session.create',
  body: strictObject({ response: authentication }),
  returns: sessionInfo,
  run: ({ ctx, event, body, address, identity }) => signInWithPasskey(ctx, event, body.response, address, identity),
})
