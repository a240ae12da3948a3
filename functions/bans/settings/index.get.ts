import { banSettings, getSettings } from '../../../lib/panel/bans/jails.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Show the addresses that are never banned, and your own',
  scope: 'bans:read',
  returns: banSettings,
  run: ({ ctx, address }) => getSettings(ctx, address),
})
