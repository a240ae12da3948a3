import { isIP } from 'node:net'
import { paths, ports } from '../../model/paths.ts'
import { isLocal } from '../../model/local-hosts.ts'
import { WEB_USER } from '../../model/sites/names.ts'
import { addressesHere, bareHost, effectivePort, metadataAddresses } from '../../model/sites/proxy-target.ts'
import type { ServerFacts } from '../facts.ts'

export const table = 'inet hosting_panel_apps'
const written = '# Written by the hosting panel, which puts changes here back.'

/** Looks at the beginning of a connection alone; nft(8). */
const asks = 'tcp flags & (syn | ack) == syn'
const answers = 'tcp flags & (syn | ack) == syn | ack'
const byOthers = `meta skuid != { 0, "${WEB_USER}", "hosting-panel" }`

export type GuardFacts = Pick<ServerFacts, 'mariadb' | 'redis' | 'sshPorts' | 'resolvers'>

/** The panel's services by port, and their users: any other user of the server could listen there in their place. */
const services = ({ mariadb, redis }: GuardFacts): { port: number; user: string }[] => [
  ...[80, 443, ports.public, ports.adminer].map((port) => ({ port, user: '0' })),
  ...(mariadb
    ? [
        { port: ports.mariadb, user: '0' },
        { port: ports.mariadb, user: '"mysql"' },
      ]
    : []),
  ...(redis
    ? [
        { port: ports.redis, user: '0' },
        { port: ports.redis, user: '"redis"' },
      ]
    : []),
]

/** Ports that no site may pass requests to, under any address. */
const forbidden = ({ sshPorts }: GuardFacts): number[] =>
  [...new Set([...sshPorts, ports.mariadb, ports.redis, ports.public, ports.adminer])].sort((a, b) => a - b)

/** nginx asks a resolver over TCP when an answer is too long. */
const resolversOf = (facts: GuardFacts, version: 4 | 6): string[] =>
  facts.resolvers.filter((address) => isIP(address) === version).map((address) => `${address} . 53`)

const set = (name: string, type: string, elements: readonly string[] = []): string =>
  `    set ${name} {
        ${type}
${elements.length > 0 ? `        elements = { ${elements.join(', ')} }\n` : ''}    }
`

/**
 * Every user of the server reaches its own addresses and may listen on a port that is free.
 *
 * An app's port is answered by its own user alone (else whoever takes the port of one that sleeps would be that site),
 * and asked by nginx, the panel and that user. The ports of nginx, MariaDB and Redis are answered by their own users
 * alone, so a program that takes one while its service restarts receives nothing.
 *
 * nginx connects to whatever a proxied name resolves to at that moment. To this server's own addresses it comes only on
 * apps' ports and to the targets that an administrator named; nowhere to addresses where a cloud answers secrets.
 */
export const renderGuard = (facts: GuardFacts): string => `${written}
table ${table}
delete table ${table}
table ${table} {
${set('ports', 'type inet_service')}${set('owners', 'typeof tcp dport . meta skuid')}${set(
  'services',
  'type inet_service',
  [...new Set(services(facts).map(({ port }) => String(port)))],
)}${set(
  'service_owners',
  'typeof tcp sport . meta skuid',
  services(facts).map(({ port, user }) => `${port} . ${user}`),
)}${set('targets4', 'typeof ip daddr . tcp dport', resolversOf(facts, 4))}${set(
  'targets6',
  'typeof ip6 daddr . tcp dport',
  resolversOf(facts, 6),
)}    chain nginx {
        ip daddr { ${metadataAddresses[4].join(', ')} } reject with tcp reset
        ip6 daddr { ${metadataAddresses[6].join(', ')} } reject with tcp reset
        fib daddr type != local accept
        tcp dport { ${forbidden(facts).join(', ')} } reject with tcp reset
        ip daddr 127.0.0.1 tcp dport @ports accept
        ip6 daddr ::1 tcp dport @ports accept
        ip daddr . tcp dport @targets4 accept
        ip6 daddr . tcp dport @targets6 accept
        reject with tcp reset
    }
    chain output {
        type filter hook output priority filter; policy accept;
        ${answers} tcp sport @services tcp sport . meta skuid != @service_owners drop
        ${asks} meta skuid "${WEB_USER}" jump nginx
        oif != "lo" accept
        tcp sport @ports ${answers} tcp sport . meta skuid != @owners drop
        tcp dport @ports ${asks} ${byOthers} tcp dport . meta skuid != @owners reject with tcp reset
    }
}
include "${paths.apps}/*.nft"
`

/** The filter without the addresses that this server knew when it was written. */
export const withoutTargets = (filter: string): string =>
  filter
    .replaceAll(/^add element .* targets[46] .*\n/gm, '')
    .replaceAll(/(set targets[46] \{\n.*\n)(?: *elements = .*\n)?/g, '$1')

/** One app's part. */
export const renderGuarded = (user: string, port: number): string => `add element ${table} ports { ${port} }
add element ${table} owners { ${port} . "${user}" }
`

/**
 * Lets nginx connect to a target that is given by its address, or by a name of this server that an administrator chose
 * as such (`here`); null for other names, which may lead anywhere.
 */
export function renderTarget(
  target: string,
  hosts: ReadonlyMap<string, readonly string[]>,
  here: boolean,
): string | null {
  const url = new URL(target)
  const host = bareHost(url)
  const named = isIP(host) !== 0 ? [host] : here || isLocal(host) ? addressesHere(target, hosts) : []
  return (
    named
      .map((address) => `add element ${table} targets${isIP(address)} { ${address} . ${effectivePort(url)} }\n`)
      .join('') || null
  )
}
