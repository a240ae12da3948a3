import { banSettings, banSettingsChanges, changeBanSettings, planBanSettings } from '../../../lib/panel/bans/jails.ts'
import { bansSpec } from '../../../lib/panel/bans/settings.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { bansChange } from '../../_throws.ts'

export default defineFunction({
  summary: 'Change the addresses that are never banned, or add your own',
  throws: [...bansChange, 'address_unknown'],
  scope: 'bans:write',
  audit: 'bans.settings.update',
  body: banSettingsChanges,
  snapshot: async ({ ctx }) => ({ ignore: (await bansSpec(ctx)).ignore }),
  returns: banSettings,
  plan: ({ ctx, body, address }) => planBanSettings(ctx, body, address),
  run: ({ ctx, body, address }) => changeBanSettings(ctx, body, address),
})
