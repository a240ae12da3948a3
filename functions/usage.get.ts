import { defineFunction } from '../lib/panel/http/define.ts'
import { ownUsage, readOwnUsage } from '../lib/panel/users/usage.ts'

export default defineFunction({
  summary: 'Show your limits, and your use',
  scope: 'sites:read',
  returns: ownUsage,
  run: ({ ctx, identity }) => readOwnUsage(ctx, identity),
})
