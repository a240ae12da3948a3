import { defineFunction } from '../lib/panel/http/define.ts'
import { ownUsage, readOwnUsage } from '../lib/panel/users/usage.ts'

export default defineFunction({
  summary: 'Show your limits, and your use',
  throws: ['user_not_found'],
  scope: 'sites:read',
  returns: ownUsage,
  run: ({ ctx, identity }) => readOwnUsage(ctx, identity),
})
