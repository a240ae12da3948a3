import { array, strictObject, string } from 'valibot'
import { readAccount } from '../../lib/panel/account/account.ts'
import { renewRecoveryCodes } from '../../lib/panel/account/totp.ts'
import { password } from '../../lib/panel/auth/passwords.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Replace the recovery codes by new ones; they are answered only once',
  throws: ['too_many_attempts', 'totp_off', 'wrong_password'],
  perMinute: 60,
  scope: 'account',
  access: 'user',
  audit: 'account.recovery-codes',
  body: strictObject({ password }),
  returns: strictObject({ recoveryCodes: array(string()) }),
  snapshot: ({ ctx, identity }) => readAccount(ctx, identity),
  run: ({ ctx, identity, body }) => renewRecoveryCodes(ctx, identity, body.password),
})
