import { changeJail, jail, jailChanges, jailParams, planJail } from '../../../../lib/panel/bans/jails.ts'
import { bansSpec } from '../../../../lib/panel/bans/settings.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { bansChange } from '../../../_throws.ts'

export default defineFunction({
  summary: 'Switch a jail on or off, or change its numbers',
  throws: [...bansChange, 'bans.jails', 'jail_not_available'],
  scope: 'bans:write',
  audit: 'bans.jail.update',
  params: jailParams,
  body: jailChanges,
  snapshot: async ({ ctx, params }) => (await bansSpec(ctx)).jails[params.jail],
  returns: jail,
  plan: ({ ctx, params, body }) => planJail(ctx, params.jail, body),
  run: ({ ctx, params, body }) => changeJail(ctx, params.jail, body),
})
