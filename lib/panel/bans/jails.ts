import * as v from 'valibot'
import {
  ignoreList,
  jailSettings,
  jailState,
  ownJail,
  type BansSpec,
  type JailSettings,
  type OwnJail,
} from '../../model/bans/schema.ts'
import { PanelError } from '../../model/errors.ts'
import { covers, network } from '../../model/network.ts'
import type { Change } from '../../model/protocol/change.ts'
import type { Context } from '../http/context.ts'
import { askSurely } from '../pending-changes/outcome.ts'
import { applyDurably, enqueue } from '../pending-changes/pending-changes.ts'
import { bansSpec, saveBansSpec } from './settings.ts'

/** One jail: its desired settings, and what the machine has. */
export const jail = v.strictObject({ ...jailState.entries, ...jailSettings.entries })
export type Jail = v.InferOutput<typeof jail>

/** Answer of GET /api/bans/jails. `problem` says why nobody is banned at the moment; null when all is well. */
export const jails = v.strictObject({ problem: v.nullable(v.string()), jails: v.array(jail) })

export const jailParams = v.strictObject({ jail: ownJail })
export const jailChanges = v.partial(jailSettings)

/** Answer of GET /api/bans/settings: addresses that are never banned, and the asking one, to be put there. */
export const banSettings = v.strictObject({ ignore: v.array(network), yourAddress: v.string() })

/** The whole list, or one more: the address that asks. */
export const banSettingsChanges = v.partial(v.strictObject({ ignore: ignoreList, ignoreMyAddress: v.literal(true) }))
type SettingsChanges = v.InferOutput<typeof banSettingsChanges>

export async function listJails(ctx: Context): Promise<v.InferOutput<typeof jails>> {
  const [spec, state] = await Promise.all([bansSpec(ctx), ctx.agent.call('bans.jails', {})])
  return { problem: state.problem, jails: state.jails.map((entry) => ({ ...entry, ...spec.jails[entry.name] })) }
}

export async function getSettings(ctx: Context, address: string): Promise<v.InferOutput<typeof banSettings>> {
  return { ignore: (await bansSpec(ctx)).ignore, yourAddress: address }
}

export async function planJail(ctx: Context, name: OwnJail, changes: Partial<JailSettings>): Promise<Change[]> {
  return plan(ctx, await withJail(ctx, name, changes))
}

/**
 * Makes a jail so, on the machine and then in the store. Throws `jail_not_available`, `fail2ban_down` and what the
 * check says.
 */
export async function changeJail(ctx: Context, name: OwnJail, changes: Partial<JailSettings>): Promise<Jail> {
  await change(ctx, () => withJail(ctx, name, changes))
  return (await listJails(ctx)).jails.find((entry) => entry.name === name)!
}

export async function planBanSettings(ctx: Context, changes: SettingsChanges, address: string): Promise<Change[]> {
  return plan(ctx, await withIgnored(ctx, changes, address))
}

export async function changeBanSettings(
  ctx: Context,
  changes: SettingsChanges,
  address: string,
): Promise<v.InferOutput<typeof banSettings>> {
  await change(ctx, () => withIgnored(ctx, changes, address))
  return getSettings(ctx, address)
}

async function withJail(ctx: Context, name: OwnJail, changes: Partial<JailSettings>): Promise<BansSpec> {
  const spec = await bansSpec(ctx)
  const { missing } = (await ctx.agent.call('bans.jails', {})).jails.find((entry) => entry.name === name)!
  if (changes.enabled && missing)
    throw new PanelError('jail_not_available', 409, `${missing}, so there is nothing to watch`)
  return { ...spec, jails: { ...spec.jails, [name]: { ...spec.jails[name], ...changes } } }
}

async function withIgnored(
  ctx: Context,
  { ignore, ignoreMyAddress }: SettingsChanges,
  address: string,
): Promise<BansSpec> {
  const spec = await bansSpec(ctx)
  const wanted = ignore ?? spec.ignore
  if (!ignoreMyAddress) return { ...spec, ignore: wanted }
  const mine = v.safeParse(network, address)
  if (!mine.success)
    throw new PanelError('address_unknown', 409, 'The panel cannot tell your address; write it into the list yourself')
  return { ...spec, ignore: wanted.some((entry) => covers(entry, mine.output)) ? wanted : [...wanted, mine.output] }
}

const plan = async (ctx: Context, bans: BansSpec): Promise<Change[]> =>
  (await ctx.agent.call('bans.plan', { bans })).changes

const change = (ctx: Context, edited: () => Promise<BansSpec>): Promise<void> =>
  enqueue(async () => applyDurably(ctx, 'bans', await edited(), applyBans))

/** Applies the stored settings once more, after the list of trusted proxies has changed. */
export const reapplyBans = (ctx: Context): Promise<void> => enqueue(async () => applyBans(ctx, await bansSpec(ctx)))

/** The machine first: it may refuse. */
export async function applyBans(ctx: Context, bans: BansSpec): Promise<void> {
  const look = async () => ((await plan(ctx, bans)).length === 0 ? { changes: [] } : null)
  await askSurely(() => ctx.agent.call('bans.apply', { bans }), look)
  await saveBansSpec(ctx, bans)
}
