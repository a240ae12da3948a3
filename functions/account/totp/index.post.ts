import { strictObject, string } from 'valibot'
import { beginTotp } from '../../../lib/account/totp.ts'
import { password } from '../../../lib/auth/passwords.ts'
import { defineFunction } from '../../../lib/function/define.ts'

export default defineFunction({
  summary: 'Begin a second factor: a new secret for an authenticator app, which counts once confirmed',
  perMinute: 60,
  scope: 'account',
  access: 'person',
  audit: 'account.totp.begin',
  body: strictObject({ password }),
  returns: strictObject({ secret: string(), uri: string(), qr: string() }),
  run: ({ ctx, identity, body }) => beginTotp(ctx, identity!, body.password),
})
