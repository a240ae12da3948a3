import { defineFunction } from '../../lib/function/define.ts'
import { changeSettings, planSettings } from '../../lib/settings/change.ts'
import { serverSettings, settings, settingsChanges } from '../../lib/settings/settings.ts'

export default defineFunction({
  summary: 'Change the server’s settings',
  scope: 'server:write',
  audit: 'settings.update',
  body: settingsChanges,
  returns: serverSettings,
  snapshot: ({ ctx }) => settings(ctx),
  plan: ({ ctx, body }) => planSettings(ctx, body),
  run: ({ ctx, body }) => changeSettings(ctx, body),
})
