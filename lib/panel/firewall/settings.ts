import type { FirewallSpec } from '../../model/firewall/schema.ts'
import type { Context } from '../http/context.ts'

const KEY = 'firewall'
const PENDING = 'firewall:pending'

/** A change that is live but not kept: without a confirmation the agent undoes it. */
export interface Pending {
  spec: FirewallSpec
  /** ISO 8601. */
  undoAt: string
  /** nginx's number of the newest connection when the change was made. */
  connection: number | null
  /** Somebody confirmed it; the agent may not know yet. */
  confirmed: boolean
}

/** Reads the desired state of the firewall; null while nobody has said: then the panel leaves it alone. */
export const firewallSpec = (ctx: Context): Promise<FirewallSpec | null> => ctx.kv.get<FirewallSpec>(KEY, Date.now())

export const saveFirewall = (ctx: Context, spec: FirewallSpec): Promise<void> => ctx.kv.set(KEY, spec, null)

/** Reads the firewall that drift is measured against: none while a change waits, as either outcome is right. */
export const settledFirewall = async (ctx: Context): Promise<FirewallSpec | undefined> =>
  (await pendingChange(ctx)) ? undefined : ((await firewallSpec(ctx)) ?? undefined)

export const pendingChange = (ctx: Context): Promise<Pending | null> => ctx.kv.get<Pending>(PENDING, Date.now())

export const savePending = (ctx: Context, pending: Pending): Promise<void> => ctx.kv.set(PENDING, pending, null)

export const deletePending = (ctx: Context): Promise<void> => ctx.kv.remove(PENDING)
