import { defineFunction } from '../../lib/function/define.ts'
import { serverSettings, settings } from '../../lib/settings/settings.ts'

export default defineFunction({
  summary: 'Show the server’s settings',
  scope: 'server:read',
  returns: serverSettings,
  run: ({ ctx }) => settings(ctx),
})
