import { defineFunction } from '../lib/function/define.ts'
import { ownUsage, readOwnUsage } from '../lib/users/limits.ts'

export default defineFunction({
  summary: 'Show what one may have, and what one uses',
  scope: 'sites:read',
  returns: ownUsage,
  run: ({ ctx, identity }) => readOwnUsage(ctx, identity!),
})
