import { defineFunction } from '../../lib/panel/http/define.ts'
import { serverSettings, settings } from '../../lib/panel/settings/settings.ts'

export default defineFunction({
  summary: 'Show the server’s settings',
  scope: 'server:read',
  returns: serverSettings,
  run: ({ ctx }) => settings(ctx),
})
