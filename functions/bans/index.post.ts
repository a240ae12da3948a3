import { ban, banByHand, bansOf, newBan } from '../../lib/panel/bans/bans.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Ban an address or a network by hand',
  throws: ['address_ignored', 'ban_not_live', 'bans.ban', 'bans.list', 'never_banned', 'would_ban_yourself'],
  scope: 'bans:write',
  audit: 'bans.create',
  body: newBan,
  returns: ban,
  status: 201,
  snapshot: ({ ctx, body }) => bansOf(ctx, body.address),
  run: ({ ctx, body, identity, address }) => banByHand(ctx, body, { by: identity.username, address }),
})
