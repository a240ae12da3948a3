import { changeSettings, planSettings } from '../../lib/panel/drift/change-settings.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'
import { exempting } from '../../lib/panel/proxies/exempt.ts'
import { serverSettings, settings, settingsChanges } from '../../lib/panel/settings/settings.ts'
import { serverChange } from '../_throws.ts'

export default defineFunction({
  summary: 'Change the server’s settings',
  throws: [...serverChange, 'certificates.prune', 'domain_taken', 'server.drift'],
  scope: 'server:write',
  audit: 'settings.update',
  body: settingsChanges,
  returns: serverSettings,
  snapshot: ({ ctx }) => settings(ctx),
  plan: ({ ctx, body }) => planSettings(ctx, body),
  run: ({ ctx, body }) => exempting(ctx, () => changeSettings(ctx, body)),
})
