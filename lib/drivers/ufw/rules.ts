import type { FirewallRule } from '../../model/firewall/schema.ts'
import { covers } from '../../model/network.ts'
import { ports } from '../../model/paths.ts'

/** A rule without its name in the store: what UFW knows of it. */
export interface Rule extends Omit<FirewallRule, 'id'> {
  /** Whether it is the panel's; what others added stays as it is. */
  own: boolean
}

/** Begins the comment of every rule of the panel's. */
const MARK = 'hosting-panel: '

const open = (port: number, comment: string): Rule => ({
  action: 'allow',
  port: String(port),
  protocol: 'tcp',
  source: null,
  comment,
  own: true,
})

/** How people and visitors get in, whatever else the rules say. */
export const builtinRules = (sshPorts: readonly number[]): Rule[] => [
  ...sshPorts.map((port) => open(port, 'SSH')),
  open(80, 'HTTP'),
  open(443, 'HTTPS'),
  open(ports.public, 'Panel'),
  open(ports.adminer, 'Database tool'),
]

/** UFW has one rule for each of these, whatever it does. */
const match = ({ port, protocol, source }: Rule): string => `${protocol} ${port ?? 'any'} ${source ?? 'any'}`

/** People's own rules in their order, then the built-in ones that they did not write themselves. */
export function wantedRules(rules: readonly FirewallRule[], sshPorts: readonly number[]): Rule[] {
  const own = rules.map(({ id: _, ...rule }) => ({ ...rule, own: true }))
  const taken = new Set(own.map(match))
  return [...own, ...builtinRules(sshPorts).filter((rule) => !taken.has(match(rule)))]
}

/** The rules that fit the same connections as another before them. */
export const duplicates = (rules: readonly FirewallRule[]): FirewallRule[] =>
  rules.filter((rule, index) =>
    rules.slice(0, index).some((earlier) => match({ ...earlier, own: true }) === match({ ...rule, own: true })),
  )

/** Which of UFW's two lists a rule is in: those without a source, and all that name no other family. */
export const inFamily = ({ source }: Rule, family: 4 | 6): boolean =>
  source === null || source.includes(':') === (family === 6)

/** One line that tells two rules apart. */
export const lineOf = (rule: Rule): string => `${rule.action} ${match(rule)}${rule.own ? ` # ${rule.comment}` : ''}`

/** A rule in UFW's words, to add or to delete it. */
export const specOf = ({ action, port, protocol, source, comment, own }: Rule): string[] => [
  action,
  ...(protocol === 'any' ? [] : ['proto', protocol]),
  'from',
  source ?? 'any',
  'to',
  'any',
  ...(port ? ['port', port] : []),
  ...(own ? ['comment', MARK + comment] : []),
]

const tuple = /^### tuple ### (\S+) (\S+) (\S+) (\S+) (\S+) (\S+)(?: \S+ \S+)? (\S+?)(?: comment=([0-9a-f]*))?$/gm

/**
 * The rules in user.rules or user6.rules, in order: UFW writes each above the lines it becomes. What is no
 * plain rule for incoming connections (routes, interfaces, source ports) fits nothing here, but keeps its place.
 */
export function parseRules(text: string): Rule[] {
  return [...text.matchAll(tuple)].map(([, verb, protocol, port, to, sourcePort, from, direction, hex]) => {
    const comment = Buffer.from(hex ?? '', 'hex').toString('utf8')
    const action = /^(allow|deny|reject|limit)(?:_log|_log-all)?$/.exec(verb!)?.[1] as Rule['action'] | undefined
    const plain = anywhere(to!) && sourcePort === 'any' && direction === 'in' && !port!.includes(',')
    if (!action || !plain) return { action: 'deny', port: '0', protocol: 'any', source: null, comment, own: false }
    const own = comment.startsWith(MARK)
    return {
      action,
      port: port === 'any' ? null : port!,
      protocol: protocol as Rule['protocol'],
      source: anywhere(from!) ? null : from!,
      comment: own ? comment.slice(MARK.length) : comment,
      own,
    }
  })
}

const anywhere = (address: string): boolean => address === '0.0.0.0/0' || address === '::/0'

/** Whether the first rule that fits lets a connection from an address to a TCP port in; without one, it stays out. */
export function reaches(rules: readonly Rule[], address: string, port: number): boolean {
  const decides = rules.find(
    (rule) => rule.protocol !== 'udp' && hasPort(rule, port) && (rule.source === null || covers(rule.source, address)),
  )
  return decides !== undefined && (decides.action === 'allow' || decides.action === 'limit')
}

function hasPort({ port }: Rule, wanted: number): boolean {
  if (port === null) return true
  const [from, to = from] = port.split(':').map(Number)
  return from! <= wanted && wanted <= to!
}
