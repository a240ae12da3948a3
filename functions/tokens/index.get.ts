import { array, strictObject } from 'valibot'
import { defineFunction } from '../../lib/function/define.ts'
import { listTokens, token } from '../../lib/tokens/tokens.ts'

export default defineFunction({
  summary: 'List API tokens: one’s own, or all for an administrator',
  scope: 'tokens:read',
  returns: strictObject({ tokens: array(token) }),
  run: ({ ctx, identity }) => ({ tokens: listTokens(ctx, identity!) }),
})
