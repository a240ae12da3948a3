import { banSettings, getSettings } from '../../../lib/bans/jails.ts'
import { defineFunction } from '../../../lib/function/define.ts'

export default defineFunction({
  summary: 'Show who is never banned, and your own address',
  scope: 'bans:read',
  returns: banSettings,
  run: ({ ctx, address }) => getSettings(ctx, address),
})
