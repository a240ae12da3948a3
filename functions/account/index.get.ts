import { account, readAccount } from '../../lib/panel/account/account.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Show your account',
  scope: 'account',
  access: 'user',
  returns: account,
  run: ({ ctx, identity }) => readAccount(ctx, identity),
})
