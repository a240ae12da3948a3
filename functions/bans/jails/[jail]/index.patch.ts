import { changeJail, jail, jailChanges, jailParams, planJail } from '../../../../lib/bans/jails.ts'
import { bansSpec } from '../../../../lib/bans/settings.ts'
import { defineFunction } from '../../../../lib/function/define.ts'

export default defineFunction({
  summary: 'Switch a jail on or off, or change its numbers',
  scope: 'bans:write',
  audit: 'bans.jail.update',
  params: jailParams,
  body: jailChanges,
  snapshot: async ({ ctx, params }) => (await bansSpec(ctx)).jails[params.jail],
  returns: jail,
  plan: ({ ctx, params, body }) => planJail(ctx, params.jail, body),
  run: ({ ctx, params, body }) => changeJail(ctx, params.jail, body),
})
