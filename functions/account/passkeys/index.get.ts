import { array, strictObject } from 'valibot'
import { listPasskeys, passkey } from '../../../lib/panel/account/passkeys.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'List your passkeys',
  scope: 'account',
  access: 'user',
  returns: strictObject({ passkeys: array(passkey) }),
  run: ({ ctx, identity }) => ({ passkeys: listPasskeys(ctx, identity) }),
})
