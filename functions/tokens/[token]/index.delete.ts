import { pipe, strictObject, string, uuid } from 'valibot'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { deleteToken, getToken } from '../../../lib/panel/tokens/tokens.ts'

export default defineFunction({
  summary: 'Delete an API token',
  throws: ['token_not_found'],
  scope: 'tokens:write',
  audit: 'token.delete',
  params: strictObject({ token: pipe(string(), uuid()) }),
  snapshot: ({ ctx, params, identity }) => getToken(ctx, identity, params.token),
  run: ({ ctx, identity, params }) => deleteToken(ctx, identity, params.token),
})
