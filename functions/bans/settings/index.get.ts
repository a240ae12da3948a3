import { banSettings, getSettings } from '../../../lib/panel/bans/jails.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Show who is never banned, and your own address',
  scope: 'bans:read',
  returns: banSettings,
  run: ({ ctx, address }) => getSettings(ctx, address),
})
