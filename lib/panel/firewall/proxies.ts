import type { FirewallRule, FirewallSpec } from '../../model/firewall/schema.ts'
import { PanelError } from '../../model/errors.ts'
import { overlap } from '../../model/network.ts'
import type { Context } from '../http/context.ts'
import { trustedNetworks } from '../settings/trusted-networks.ts'

const shutsOut = ({ action, source }: FirewallRule, proxy: string): boolean =>
  action !== 'allow' && source !== null && overlap(source, proxy)

/** Refuses a new rule that would shut out all visitors of a trusted proxy. Throws `address_ignored`. */
export async function refuseProxies(ctx: Context, before: FirewallSpec | null, after: FirewallSpec): Promise<void> {
  const old = new Set(before?.rules.map((rule) => JSON.stringify(rule)))
  const rules = after.rules.filter((rule) => !old.has(JSON.stringify(rule)))
  if (rules.length === 0) return
  const proxy = (await trustedNetworks(ctx)).find((one) => rules.some((rule) => shutsOut(rule, one)))
  if (proxy === undefined) return
  throw new PanelError(
    'address_ignored',
    409,
    `${proxy} is a proxy that this server or a site trusts, so the rule would shut out all visitors behind it. Ban ` +
      'the visitor’s own address, or remove the proxy from trustedProxies first; with confirm: true the rule is made ' +
      'anyway',
  )
}
