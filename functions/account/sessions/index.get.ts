import { array, strictObject } from 'valibot'
import { listSessions, session } from '../../../lib/panel/account/account.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'List your sessions with devices and addresses',
  scope: 'account',
  access: 'user',
  returns: strictObject({ sessions: array(session) }),
  run: ({ ctx, identity }) => ({ sessions: listSessions(ctx, identity) }),
})
