import { strictObject } from 'valibot'
import { deletePasskey } from '../../../../lib/account/passkeys.ts'
import { base64url } from '../../../../lib/auth/webauthn.ts'
import { defineFunction } from '../../../../lib/function/define.ts'

export default defineFunction({
  summary: 'Remove one of one’s own passkeys',
  scope: 'account',
  access: 'person',
  audit: 'account.passkey.delete',
  params: strictObject({ passkey: base64url }),
  run: ({ ctx, identity, params }) => deletePasskey(ctx, identity!, params.passkey),
})
