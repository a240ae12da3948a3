import { strictObject } from 'valibot'
import { readAccount } from '../../../lib/panel/account/account.ts'
import { removeTotp } from '../../../lib/panel/account/totp.ts'
import { password } from '../../../lib/panel/auth/passwords.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Turn the second factor off',
  throws: ['too_many_attempts', 'wrong_password'],
  perMinute: 60,
  scope: 'account',
  access: 'user',
  audit: 'account.totp.delete',
  body: strictObject({ password }),
  snapshot: ({ ctx, identity }) => readAccount(ctx, identity),
  run: ({ ctx, identity, body }) => removeTotp(ctx, identity, body.password),
})
