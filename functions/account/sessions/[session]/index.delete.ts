import { pipe, regex, strictObject, string } from 'valibot'
import { endOwnSession, listSessions } from '../../../../lib/panel/account/account.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'End one of your sessions',
  throws: ['session_not_found'],
  scope: 'account',
  access: 'user',
  audit: 'account.session.end',
  params: strictObject({ session: pipe(string(), regex(/^[0-9a-f]{16}$/)) }),
  snapshot: ({ ctx, identity }) => listSessions(ctx, identity),
  run: ({ ctx, identity, params }) => endOwnSession(ctx, identity, params.session),
})
