import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { PanelError } from '../../model/errors.ts'
import {
  action,
  comment,
  firewallRule,
  firewallState,
  port,
  protocol,
  type FirewallRule,
  type FirewallSpec,
} from '../../model/firewall/schema.ts'
import { network } from '../../model/network.ts'
import type { Change } from '../../model/protocol/change.ts'
import type { Context } from '../http/context.ts'
import { askSurely } from '../pending-changes/outcome.ts'
import { applyDurably, enqueue } from '../pending-changes/pending-changes.ts'
import { settleFirewall } from './confirm.ts'
import { refuseProxies } from './proxies.ts'
import { firewallSpec, pendingChange, saveFirewall, savePending } from './settings.ts'

/** Answer of GET /api/firewall/rules. */
export const firewall = v.strictObject({ ...firewallState.entries, rules: v.array(firewallRule) })
type Firewall = v.InferOutput<typeof firewall>

const position = v.pipe(v.number(), v.integer(), v.minValue(1))
const fields = { action, port: v.nullable(port), protocol, source: v.nullable(network), comment }

/**
 * Input of POST /api/firewall/rules; `position` counts from 1, at the end when left out. `confirm` dares what could
 * lock one out.
 */
export const newRule = v.pipe(
  v.strictObject({
    action: v.optional(action, 'allow'),
    port: v.optional(fields.port, null),
    protocol: v.optional(protocol, 'tcp'),
    source: v.optional(fields.source, null),
    comment: v.optional(comment, ''),
    position: v.optional(position),
    confirm: v.optional(v.boolean(), false),
  }),
  v.check(
    ({ port, source }) => port !== null || source !== null,
    'Name a port, a source, or both: a rule for everything would be no firewall',
  ),
)

/** Input of PATCH /api/firewall/rules/{rule}. */
export const ruleChanges = v.strictObject({
  ...v.partial(v.strictObject(fields)).entries,
  position: v.optional(position),
  confirm: v.optional(v.boolean(), false),
})
export const switchChange = v.strictObject({ enabled: v.boolean(), confirm: v.optional(v.boolean(), false) })
export const ruleId = v.pipe(v.string(), v.uuid())
export const confirmQuery = v.strictObject({ confirm: v.optional(v.picklist(['true', 'false']), 'false') })

type Edit = (spec: FirewallSpec) => FirewallSpec

/** The firewall as it is and the rules as they should be: those of a change that waits, while it does. */
export async function readFirewall(ctx: Context): Promise<Firewall> {
  const state = await ctx.agent.call('firewall.state', {})
  await settleFirewall(ctx, state)
  const waiting = await pendingChange(ctx)
  return { ...state, rules: (waiting?.spec ?? (await firewallSpec(ctx)))?.rules ?? [] }
}

export const addRule =
  ({ position, confirm: _, ...rule }: v.InferOutput<typeof newRule>): Edit =>
  (spec) => ({ ...spec, rules: placed(spec.rules, { id: randomUUID(), ...rule }, position ?? spec.rules.length + 1) })

export const changeRule =
  (id: string, { position, confirm: _, ...changes }: v.InferOutput<typeof ruleChanges>): Edit =>
  (spec) => {
    const at = indexOf(spec, id)
    const changed = { ...spec.rules[at]!, ...changes }
    if (changed.port === null && changed.source === null)
      throw new PanelError(
        'invalid_input',
        422,
        'Name a port, a source, or both: a rule for everything would be no firewall',
      )
    return { ...spec, rules: placed(spec.rules.toSpliced(at, 1), changed, position ?? at + 1) }
  }

export const removeRule =
  (id: string): Edit =>
  (spec) => ({ ...spec, rules: spec.rules.toSpliced(indexOf(spec, id), 1) })

export const turn =
  (enabled: boolean): Edit =>
  (spec) => ({ ...spec, enabled })

const placed = (rules: FirewallRule[], rule: FirewallRule, position: number): FirewallRule[] =>
  rules.toSpliced(Math.min(position - 1, rules.length), 0, rule)

function indexOf({ rules }: FirewallSpec, id: string): number {
  const index = rules.findIndex((rule) => rule.id === id)
  if (index === -1) throw new PanelError('rule_not_found', 404, 'There is no such rule')
  return index
}

const edited = async (ctx: Context, edit: Edit): Promise<FirewallSpec> =>
  edit((await firewallSpec(ctx)) ?? { enabled: false, rules: [] })

export const planFirewall = async (ctx: Context, edit: Edit): Promise<Change[]> =>
  (await ctx.agent.call('firewall.plan', { firewall: await edited(ctx, edit) })).changes

/** A change of the firewall, and the address that asked for it. */
interface DesiredFirewall {
  spec: FirewallSpec
  client: string | null
  confirm: boolean
}

/**
 * Changes the firewall; edits that arrive together are made one after the other, so that none is lost. Throws
 * `would_lock_out` and `address_ignored` unless dared with `confirm`; one that would lock out then waits for a
 * confirmation (`undoAt`).
 */
export async function changeFirewall(
  ctx: Context,
  edit: Edit,
  { address, confirm }: { address: string; confirm: boolean },
): Promise<Firewall> {
  const client = v.safeParse(network, address)
  await enqueue(async () => {
    const spec = await edited(ctx, edit)
    if (!confirm) await refuseProxies(ctx, await firewallSpec(ctx), spec)
    const desired: DesiredFirewall = {
      spec,
      client: client.success ? client.output : null,
      confirm,
    }
    await applyDurably(ctx, 'firewall', desired, applyFirewall)
  })
  return readFirewall(ctx)
}

/** Applies a firewall. `again`: nobody waits to confirm it, so a change that would lock its author out is refused. */
export async function applyFirewall(
  ctx: Context,
  { spec, client, confirm }: DesiredFirewall,
  again: boolean,
): Promise<void> {
  const desired = { firewall: spec, client, confirm: confirm && !again }
  const { undoAt, connection } = await askSurely(() => ctx.agent.call('firewall.apply', desired))
  if (undoAt) await savePending(ctx, { spec, undoAt, connection, confirmed: false })
  else await saveFirewall(ctx, spec)
}

/** At the panel's start: what becomes of a change that waits is the agent's to say, which a reboot does not start. */
export async function settleAfterRestart(ctx: Context): Promise<void> {
  if (await pendingChange(ctx)) await readFirewall(ctx)
}

/**
 * At the first installation: the firewall goes on, unless something listens that it would shut off, or it
 * cannot run here. Answers in words what became of it; null when there was nothing to decide.
 */
export async function beginFirewall(ctx: Context): Promise<string | null> {
  if (await firewallSpec(ctx)) return null
  const { problem, enabled, closed } = await ctx.agent.call('firewall.state', {})
  const wanted = { enabled: problem === null && (enabled || closed.length === 0), rules: [] }
  const failure =
    wanted.enabled &&
    (await ctx.agent.call('firewall.apply', { firewall: wanted, client: null, confirm: false }).then(
      () => null,
      (error: Error) => error.message,
    ))
  await saveFirewall(ctx, { ...wanted, enabled: wanted.enabled && !failure })
  if (problem ?? failure) return `The firewall stays off: ${problem ?? failure}`
  return wanted.enabled
    ? 'The firewall is on'
    : `The firewall stays off, as it would shut off port ${closed.join(', ')}; allow what is needed on the ` +
        'Firewall page and turn it on there'
}
