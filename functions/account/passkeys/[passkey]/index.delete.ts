import { strictObject } from 'valibot'
import { deletePasskey, listPasskeys } from '../../../../lib/panel/account/passkeys.ts'
import { base64url } from '../../../../lib/panel/auth/webauthn.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Delete one of your passkeys',
  throws: ['passkey_not_found'],
  scope: 'account',
  access: 'user',
  audit: 'account.passkey.delete',
  params: strictObject({ passkey: base64url }),
  snapshot: ({ ctx, identity }) => listPasskeys(ctx, identity),
  run: ({ ctx, identity, params }) => deletePasskey(ctx, identity, params.passkey),
})
