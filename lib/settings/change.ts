import type { Change, ServerSpec } from '../agent/protocol.ts'
import { PanelError } from '../errors.ts'
import type { Context } from '../function/context.ts'
import { convergeTo, planTo } from '../sites/converge.ts'
import { nameOwners } from '../store/sites.ts'
import { carryOut, inTurn } from '../wishes/wishes.ts'
import { saveSettings, settings } from './settings.ts'

/** What new settings would change on the machine. */
export async function planSettings(ctx: Context, changes: Partial<ServerSpec>): Promise<Change[]> {
  return planTo(ctx, await merge(ctx, changes))
}

/** Makes new settings true, then keeps them: the machine may refuse. */
export const changeSettings = (ctx: Context, changes: Partial<ServerSpec>): Promise<ServerSpec> =>
  inTurn(async () => carryOut(ctx, 'settings', await merge(ctx, changes), fulfilSettings))

export async function fulfilSettings(ctx: Context, spec: ServerSpec): Promise<ServerSpec> {
  await convergeTo(ctx, spec)
  return saveSettings(ctx, spec)
}

async function merge(ctx: Context, changes: Partial<ServerSpec>): Promise<ServerSpec> {
  const { serverName } = changes
  const taken = serverName ? nameOwners(ctx.db, [serverName])[0] : undefined
  if (taken) throw new PanelError('domain_taken', 409, `${taken.name} already belongs to a site on this server`)
  return { ...(await settings(ctx)), ...changes }
}
