import { strictObject } from 'valibot'
import { changePassword } from '../../lib/panel/account/account.ts'
import { newPassword, password } from '../../lib/panel/auth/passwords.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Change your own password; ends your other sessions',
  throws: ['too_many_attempts', 'wrong_password'],
  perMinute: 60,
  scope: 'account',
  access: 'user',
  audit: 'account.password',
  body: strictObject({ currentPassword: password, password: newPassword }),
  run: ({ ctx, identity, body, address }) => changePassword(ctx, identity, body, address),
})
