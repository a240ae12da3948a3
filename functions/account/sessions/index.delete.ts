import { number, strictObject } from 'valibot'
import { endOtherSessions, listSessions } from '../../../lib/panel/account/account.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'End all your sessions except this one',
  scope: 'account',
  access: 'user',
  audit: 'account.sessions.end',
  returns: strictObject({ ended: number() }),
  snapshot: ({ ctx, identity }) => listSessions(ctx, identity),
  run: ({ ctx, identity }) => endOtherSessions(ctx, identity),
})
