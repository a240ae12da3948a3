import { strictObject } from 'valibot'
import { finishPasskey, listPasskeys, passkey } from '../../../lib/panel/account/passkeys.ts'
import { registration } from '../../../lib/panel/auth/webauthn.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { label } from '../../../lib/panel/tokens/tokens.ts'

export default defineFunction({
  summary: 'Save the passkey that the browser made',
  throws: ['limit_reached', 'passkey_refused', 'passkeys_need_a_name'],
  scope: 'account',
  access: 'user',
  audit: 'account.passkey.create',
  body: strictObject({ name: label, response: registration }),
  returns: passkey,
  status: 201,
  snapshot: ({ ctx, identity }) => listPasskeys(ctx, identity),
  run: ({ ctx, event, identity, body }) => finishPasskey(ctx, event, identity, body.name, body.response),
})
