import { looseObject } from 'valibot'
import { askForPasskey } from '../../../lib/panel/auth/passkey-sign-in.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Begin to sign in with a passkey: answers the WebAuthn request options for the browser',
  throws: ['passkeys_need_a_name'],
  perMinute: 240,
  access: 'public',
  scope: 'session',
  audit: 'session.passkey.begin',
  returns: looseObject({}),
  run: async ({ event }) => ({ ...(await askForPasskey(event)) }),
})
