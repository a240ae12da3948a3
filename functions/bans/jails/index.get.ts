import { jails, listJails } from '../../../lib/panel/bans/jails.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'List the jails: the log that each reads, its numbers, and whether it runs',
  throws: ['bans.jails'],
  scope: 'bans:read',
  returns: jails,
  run: ({ ctx }) => listJails(ctx),
})
