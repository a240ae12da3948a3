import { looseObject, strictObject } from 'valibot'
import { beginPasskey } from '../../../lib/panel/account/passkeys.ts'
import { password } from '../../../lib/panel/auth/passwords.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Begin a new passkey: answers the WebAuthn creation options for the browser',
  throws: ['passkeys_need_a_name', 'too_many_attempts', 'wrong_password'],
  perMinute: 60,
  scope: 'account',
  access: 'user',
  audit: 'account.passkey.begin',
  body: strictObject({ password }),
  returns: looseObject({}),
  run: async ({ ctx, event, identity, body }) => ({ ...(await beginPasskey(ctx, event, identity, body.password)) }),
})
