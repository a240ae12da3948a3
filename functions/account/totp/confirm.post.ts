import { array, strictObject, string } from 'valibot'
import { readAccount } from '../../../lib/panel/account/account.ts'
import { confirmTotp } from '../../../lib/panel/account/totp.ts'
import { code } from '../../../lib/panel/auth/passwords.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Turn the second factor on, with a code of the new secret; answers the recovery codes, only once',
  throws: ['too_many_attempts', 'totp_not_begun', 'wrong_code'],
  perMinute: 60,
  scope: 'account',
  access: 'user',
  audit: 'account.totp.confirm',
  body: strictObject({ code }),
  returns: strictObject({ recoveryCodes: array(string()) }),
  snapshot: ({ ctx, identity }) => readAccount(ctx, identity),
  run: ({ ctx, identity, body }) => confirmTotp(ctx, identity, body.code),
})
