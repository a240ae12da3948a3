import { banParams, banQuery, bansOf, endBan, ended } from '../../../lib/panel/bans/bans.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'End the bans of an address, in every jail or in one',
  throws: ['bans.unban', 'not_banned'],
  scope: 'bans:write',
  audit: 'bans.delete',
  params: banParams,
  query: banQuery,
  returns: ended,
  snapshot: ({ ctx, params }) => bansOf(ctx, params.address),
  run: ({ ctx, params, query }) => endBan(ctx, params.address, query.jail ?? null),
})
