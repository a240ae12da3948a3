import * as v from 'valibot'
import { network } from '../network.ts'

const portNumber = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))

/** One port, or a range as UFW writes it: `6000:6010`. */
const portRange = v.pipe(
  v.string(),
  v.regex(/^[1-9]\d{0,4}(?::[1-9]\d{0,4})?$/, 'Write a port such as 3306, or a range such as 6000:6010'),
  v.check((text) => {
    const [from, to = from] = text.split(':').map(Number)
    return from! <= to! && to! <= 65_535
  }, 'Ports go from 1 to 65535, the lower one first'),
)

export const port = v.union(
  [v.pipe(portNumber, v.transform(String)), portRange],
  'Write a port such as 3306, or a range such as 6000:6010',
)

export const action = v.picklist(['allow', 'deny', 'reject', 'limit'])
export const protocol = v.picklist(['tcp', 'udp', 'any'])

/** Comment of a rule; it goes into UFW's own list, which takes no quotes. */
export const comment = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(60),
  v.regex(/^[\p{L}\p{N} .,:;()/+@#-]*$/u, 'Use letters, digits, spaces and . , : ; ( ) / + @ # -'),
)

/** One rule as the store keeps it and the agent is told; the first that fits a connection decides. */
export const firewallRule = v.strictObject({
  id: v.pipe(v.string(), v.uuid()),
  action,
  /** null: every port. */
  port: v.nullable(portRange),
  protocol,
  /** An address or network; null: anybody. */
  source: v.nullable(network),
  comment,
})
export type FirewallRule = v.InferOutput<typeof firewallRule>

/** Desired state of the firewall. */
export const firewallSpec = v.strictObject({
  enabled: v.boolean(),
  rules: v.pipe(v.array(firewallRule), v.maxLength(200)),
})
export type FirewallSpec = v.InferOutput<typeof firewallSpec>

/** A rule the panel always keeps, after everybody's own: how people and visitors get in. */
export const builtinRule = v.strictObject({ action, port: v.string(), protocol, comment: v.string() })

/** The firewall as the machine has it. */
export const firewallState = v.strictObject({
  /** Why UFW cannot run here; null when it can. */
  problem: v.nullable(v.string()),
  enabled: v.boolean(),
  builtin: v.array(builtinRule),
  /** Rules somebody added with `ufw`, in UFW's words: kept, and none of the panel's business. */
  foreign: v.array(v.string()),
  /** Ports other programs listen on that nobody may reach once the firewall is on. */
  closed: v.array(v.number()),
  /** Until when a change waits to be confirmed (ISO 8601); null when none does. */
  undoAt: v.nullable(v.string()),
})
export type FirewallState = v.InferOutput<typeof firewallState>
