import * as v from 'valibot'
import { network } from '../network.ts'
import { bansSpec, jailName, jailState, liveBan } from '../bans/schema.ts'
import { firewallSpec, firewallState } from '../firewall/schema.ts'
import { phpVersion, siteSpec } from '../sites/schema.ts'
import { domain, hostname } from '../sites/domain.ts'

/** One change to the machine, as `?plan=true`, drift and the admin show it. */
export const change = v.strictObject({
  action: v.picklist(['create', 'update', 'delete']),
  kind: v.picklist(['account', 'directory', 'file', 'link', 'log', 'unit', 'tree', 'firewall']),
  /** The path, user or unit that changes. */
  name: v.string(),
  /** The change in words: "stop", "move to the trash", "root:root 0644 -> www-data:www-data 0644". */
  summary: v.string(),
  /** Unified diff, for files. */
  diff: v.optional(v.string()),
})
export type Change = v.InferOutput<typeof change>

/** What the whole server (not one site) should look like. */
export const serverSpec = v.strictObject({
  serverName: v.nullable(hostname),
  /** DNS servers nginx asks for proxied host names; [] takes those of /etc/resolv.conf. */
  resolvers: v.pipe(v.array(v.union([v.pipe(v.string(), v.ipv4()), v.pipe(v.string(), v.ipv6())])), v.maxLength(5)),
})
export type ServerSpec = v.InferOutput<typeof serverSpec>

/** One site's wish: be as `spec` says, or be gone. Gone files wait 30 days in the trash, or not at all. */
const wish = v.variant('ensure', [
  v.strictObject({ ensure: v.literal('present'), spec: siteSpec }),
  v.strictObject({ ensure: v.literal('absent'), domain, files: v.picklist(['trash', 'purge']) }),
])
export type Wish = v.InferOutput<typeof wish>

const siteChange = v.strictObject({ wish, server: serverSpec })
const desired = { server: serverSpec, sites: v.array(siteSpec), bans: v.optional(bansSpec), firewall: v.optional(firewallSpec) }
const serviceState = v.picklist(['running', 'stopped', 'missing'])
const changes = v.strictObject({ changes: v.array(change) })
const nothing = v.strictObject({})
const banned = v.strictObject({ address: network, jail: jailName })
const phpInventory = v.strictObject({
  versions: v.array(v.strictObject({ version: phpVersion, installed: v.boolean(), available: v.boolean() })),
})

/**
 * Everything the agent can be asked. Both ends validate with these schemas; whatever is not here,
 * or has one key too many, is refused.
 */
export const operations = {
  health: {
    input: nothing,
    output: v.strictObject({
      services: v.array(v.strictObject({ name: v.string(), state: serviceState })),
      /** What the agent had to undo when it last started, in words; null when nothing. */
      recovered: v.nullable(v.string()),
    }),
  },
  /** The difference one wish makes; touches nothing. */
  'sites.plan': { input: siteChange, output: changes },
  /** Makes one wish true. Calls that arrive together share a check and a reload. */
  'sites.apply': { input: siteChange, output: changes },
  /** Bytes on disk of each site's files, in the order asked. */
  'sites.usage': { input: v.strictObject({ domains: v.array(domain) }), output: v.strictObject({ bytes: v.array(v.number()) }) },
  /** The difference between everything wished for and the machine, orphans included; touches nothing. */
  'server.drift': { input: v.strictObject(desired), output: changes },
  /** Makes everything true; sites nobody wishes for go to the trash only with `removeOrphans`. */
  'server.converge': { input: v.strictObject({ ...desired, removeOrphans: v.boolean() }), output: changes },
  /** Stops idle PHP masters; their sockets stay and start them again. Takes domains. */
  'php.sleep': { input: v.strictObject({ domains: v.array(domain) }), output: v.strictObject({ stopped: v.array(domain) }) },
  /** Asking what could be installed takes the package manager a moment, so it is only done when wanted. */
  'php.list': { input: v.strictObject({ available: v.boolean() }), output: phpInventory },
  'php.install': { input: v.strictObject({ version: phpVersion }), output: phpInventory },
  'php.remove': { input: v.strictObject({ version: phpVersion }), output: phpInventory },
  /** Everybody Fail2ban bans; throws when it does not run. */
  'bans.list': { input: nothing, output: v.strictObject({ bans: v.array(liveBan) }) },
  'bans.jails': { input: nothing, output: v.strictObject({ problem: v.nullable(v.string()), jails: v.array(jailState) }) },
  /** The difference settings of Fail2ban would make; touches nothing. */
  'bans.plan': { input: v.strictObject({ bans: bansSpec }), output: changes },
  'bans.apply': { input: v.strictObject({ bans: bansSpec }), output: changes },
  'bans.ban': { input: banned, output: v.strictObject({ address: network }) },
  /** In one jail, or with null in all. */
  'bans.unban': { input: v.strictObject({ address: network, jail: v.nullable(jailName) }), output: v.strictObject({ ended: v.number() }) },
  /** Keeps bans that are to last longer than their jail's. */
  'bans.renew': { input: v.strictObject({ bans: v.array(banned) }), output: nothing },
  'firewall.state': { input: nothing, output: firewallState },
  'firewall.plan': { input: v.strictObject({ firewall: firewallSpec }), output: changes },
  /** `client` is the address that asks, which must not be shut out; with `confirm` it may be, for a minute. */
  'firewall.apply': {
    input: v.strictObject({ firewall: firewallSpec, client: v.nullable(network), confirm: v.boolean() }),
    output: v.strictObject({ changes: v.array(change), undoAt: v.nullable(v.string()), connection: v.nullable(v.number()) }),
  },
  'firewall.keep': { input: nothing, output: nothing },
  /** Removes trash older than 30 days. */
  'trash.sweep': { input: nothing, output: v.strictObject({ removed: v.array(v.string()) }) },
} as const

export type Operation = keyof typeof operations
export type Input<O extends Operation> = v.InferInput<(typeof operations)[O]['input']>
/** What an operation's input is once validated. */
export type Parsed<O extends Operation> = v.InferOutput<(typeof operations)[O]['input']>
export type Output<O extends Operation> = v.InferOutput<(typeof operations)[O]['output']>

/** A line of progress while an operation runs; `percent` is 0 to 100 over the whole operation. */
export const progress = v.strictObject({
  step: v.string(),
  percent: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
  /** A line of the tool's own output, when there is one. */
  output: v.optional(v.string()),
})
export type Progress = v.InferOutput<typeof progress>

/** A refusal or failure: a stable code and a sentence a person can act on. */
export const failure = v.strictObject({ code: v.string(), message: v.string(), status: v.number() })
export type Failure = v.InferOutput<typeof failure>

/**
 * The agent answers POST /<operation> with newline-delimited JSON on its unix socket:
 * any number of progress lines, then exactly one result or error line.
 */
export const line = v.union([
  v.strictObject({ progress }),
  v.strictObject({ result: v.unknown() }),
  v.strictObject({ error: failure }),
])
export type Line = v.InferOutput<typeof line>

/** What the panel uses; lib/agent/client.ts implements it. Throws PanelError. */
export interface Agent {
  call<O extends Operation>(operation: O, input: Input<O>, onProgress?: (p: Progress) => void): Promise<Output<O>>
}
