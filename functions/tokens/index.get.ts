import { array, strictObject } from 'valibot'
import { defineFunction } from '../../lib/panel/http/define.ts'
import { listTokens, token } from '../../lib/panel/tokens/tokens.ts'

export default defineFunction({
  summary: 'List API tokens: your own, or all for an administrator',
  scope: 'tokens:read',
  returns: strictObject({ tokens: array(token) }),
  run: ({ ctx, identity }) => ({ tokens: listTokens(ctx, identity) }),
})
