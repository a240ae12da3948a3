import * as v from 'valibot'
import { bansSpec, jailName, jailState, liveBan } from '../bans/schema.ts'
import { firewallSpec, firewallState } from '../firewall/schema.ts'
import { network } from '../network.ts'
import { siteSpec } from '../sites/schema.ts'
import { provider, ranges } from '../sites/trusted-proxies.ts'
import { change, changes, nothing } from './change.ts'
import { serverSpec } from './desired.ts'
import * as errors from './throws.ts'

const banned = v.strictObject({ address: network, jail: jailName })

/** Operations of the agent about bans and the firewall. */
export const securityOperations = {
  /** Everybody Fail2ban bans; throws when it does not run. */
  'bans.list': {
    reads: 'shared',
    input: nothing,
    output: v.strictObject({ bans: v.array(liveBan) }),
    throws: errors.fail2ban,
  },
  'bans.jails': {
    reads: 'shared',
    input: nothing,
    output: v.strictObject({ problem: v.nullable(v.string()), jails: v.array(jailState) }),
  },
  /** The difference settings of Fail2ban would make; touches nothing. */
  'bans.plan': { reads: 'each', input: v.strictObject({ bans: bansSpec }), output: changes },
  'bans.apply': { input: v.strictObject({ bans: bansSpec }), output: changes, throws: errors.bansChange },
  'bans.ban': {
    input: banned,
    output: v.strictObject({ address: network }),
    throws: [...errors.fail2ban, 'jail_not_running', 'netfilter_missing', 'never_banned'],
  },
  /** In one jail, or with null in all. */
  'bans.unban': {
    input: v.strictObject({ address: network, jail: v.nullable(jailName) }),
    output: v.strictObject({ ended: v.number() }),
    throws: [...errors.fail2ban, 'jail_not_running'],
  },
  /** Keeps bans that are to last longer than their jail's. */
  'bans.renew': {
    input: v.strictObject({ bans: v.array(banned) }),
    output: nothing,
    throws: [...errors.fail2ban, 'jail_not_running'],
  },
  /** Has nginx hold Fail2ban's bans of visitors, and no others: a Fail2ban that was killed leaves some. */
  'proxies.align': {
    input: nothing,
    output: changes,
    throws: [...errors.nginxChange, 'filter_failed'],
  },
  /** Asks CDNs for the addresses of their proxies. */
  'proxies.ranges': {
    input: v.strictObject({ known: ranges }),
    output: v.strictObject({ ranges, problems: v.array(v.strictObject({ provider, message: v.string() })) }),
  },
  /**
   * Has proxy sites ask the DNS servers, and go by the hosts file, that the machine has by now; what somebody else
   * changed in their vhosts stays. Answers those that had others, and whether names are asked of nobody.
   */
  'proxies.follow': {
    input: v.strictObject({ server: serverSpec, sites: v.array(siteSpec) }),
    output: v.strictObject({ followed: v.array(v.string()), withoutResolver: v.boolean() }),
    throws: [...errors.nginxChange, 'filter_failed', 'proxy_secret_missing'],
  },
  /** Makes these addresses of CDNs' proxies live, and spares trusted ones the limit of connections. */
  'proxies.apply': {
    input: v.strictObject({
      ranges,
      trusted: v.strictObject({ sites: v.array(network), panel: v.array(network) }),
    }),
    output: changes,
    throws: [...errors.nginxChange, 'filter_failed', 'proxy_secret_missing'],
  },
  'firewall.state': { reads: 'shared', input: nothing, output: firewallState },
  'firewall.plan': { reads: 'each', input: v.strictObject({ firewall: firewallSpec }), output: changes },
  /** `client` is the address that asks, which must not be shut out; with `confirm` it may be, for a minute. */
  'firewall.apply': {
    input: v.strictObject({ firewall: firewallSpec, client: v.nullable(network), confirm: v.boolean() }),
    output: v.strictObject({
      changes: v.array(change),
      undoAt: v.nullable(v.string()),
      connection: v.nullable(v.number()),
    }),
    throws: errors.firewallChange,
  },
  'firewall.confirm': { input: nothing, output: nothing, throws: ['nothing_to_confirm'] },
} as const
