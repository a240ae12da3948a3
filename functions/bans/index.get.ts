import { bans, listBans } from '../../lib/panel/bans/bans.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'List the banned addresses, the end of each ban, and the log lines that led to it',
  throws: ['bans.list'],
  scope: 'bans:read',
  returns: bans,
  run: ({ ctx }) => listBans(ctx),
})
