import { strictObject } from 'valibot'
import { deletePasskey, listPasskeys } from '../../../../lib/account/passkeys.ts'
import { base64url } from '../../../../lib/auth/webauthn.ts'
import { defineFunction } from '../../../../lib/function/define.ts'

export default defineFunction({
  summary: 'Remove one of one’s own passkeys',
  scope: 'account',
  access: 'person',
  audit: 'account.passkey.delete',
  params: strictObject({ passkey: base64url }),
  snapshot: ({ ctx, identity }) => listPasskeys(ctx, identity!),
  run: ({ ctx, identity, params }) => deletePasskey(ctx, identity!, params.passkey),
})
