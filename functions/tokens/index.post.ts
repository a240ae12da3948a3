import { strictObject, string } from 'valibot'
import { defineFunction } from '../../lib/panel/http/define.ts'
import { createToken, newToken, token } from '../../lib/panel/tokens/tokens.ts'

export default defineFunction({
  summary: 'Make an API token; its secret is answered only once',
  throws: ['expiry_not_allowed', 'scope_not_allowed', 'site_not_found', 'user_not_found'],
  perMinute: 60,
  scope: 'tokens:write',
  audit: 'token.create',
  body: newToken,
  returns: strictObject({ ...token.entries, secret: string() }),
  status: 201,
  run: ({ ctx, identity, body }) => createToken(ctx, identity, body),
})
