import { account, readAccount } from '../../lib/account/account.ts'
import { defineFunction } from '../../lib/function/define.ts'

export default defineFunction({
  summary: 'Show one’s own account',
  scope: 'account',
  access: 'person',
  returns: account,
  run: ({ ctx, identity }) => readAccount(ctx, identity!),
})
