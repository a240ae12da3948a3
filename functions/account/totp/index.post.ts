import { strictObject, string } from 'valibot'
import { beginTotp } from '../../../lib/panel/account/totp.ts'
import { password } from '../../../lib/panel/auth/passwords.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Begin a second factor: answers a new secret for an authenticator app; confirm it to turn it on',
  throws: ['too_many_attempts', 'totp_enabled', 'wrong_password'],
  perMinute: 60,
  scope: 'account',
  access: 'user',
  audit: 'account.totp.begin',
  body: strictObject({ password }),
  returns: strictObject({ secret: string(), uri: string(), qr: string() }),
  run: ({ ctx, identity, body }) => beginTotp(ctx, identity, body.password),
})
