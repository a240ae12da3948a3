import { BlockList, isIP } from 'node:net'
import * as v from 'valibot'
import { appPorts } from '../apps/ports.ts'
import { isLocal, within } from '../local-hosts.ts'
import { ports } from '../paths.ts'

/** Where this server's own services listen: SSH, panel, database tool, MariaDB, Redis. A site must not front them. */
const ownPorts = new Set<number>([22, ports.public, ports.adminer, ports.mariadb, ports.redis])

/** Link-local, and where clouds answer a server's secrets. */
export const metadataAddresses = {
  4: ['169.254.0.0/16', '100.100.100.200', '192.0.0.192'],
  6: ['fe80::/10', 'fd00:ec2::254'],
} as const

const metadata = new BlockList()
for (const network of metadataAddresses[4]) {
  const [address, prefix = '32'] = network.split('/')
  metadata.addSubnet(address!, Number(prefix), 'ipv4')
  metadata.addSubnet(`::ffff:${address}`, 96 + Number(prefix), 'ipv6')
}
for (const network of metadataAddresses[6]) {
  const [address, prefix = '128'] = network.split('/')
  metadata.addSubnet(address!, Number(prefix), 'ipv6')
}

const shape = /^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?\/?$/i
const hostName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

/** The bare host of a URL: `::1` for `[::1]`, a name without the dot that may end it. */
export const bareHost = (url: URL): string => url.hostname.replace(/^\[|\]$|\.$/g, '')

/** The port a URL means, also when it is the protocol's own. */
export const effectivePort = (url: URL): number => Number(url.port) || (url.protocol === 'https:' ? 443 : 80)

/** Whether a target names another server: only administrators may name this one. */
export const isElsewhere = (target: unknown): boolean =>
  typeof target === 'string' && !isLocal(bareHost(new URL(target)))

/**
 * Whether a target leads to this server itself, by one of its `own` addresses and names or by what every machine calls
 * itself. Names that DNS leads here are not known by it: the kernel's filter keeps nginx from those.
 */
export function leadsHere(target: string, own: readonly string[] = []): boolean {
  const host = bareHost(new URL(target))
  return isLocal(host) || own.some((name) => name === host || unmapped(name) === unmapped(host))
}

/** Addresses of a target's name that this server knows by itself: localhost, and the names of /etc/hosts. */
export function addressesHere(target: string, hosts: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const host = bareHost(new URL(target))
  if (isIP(host) !== 0) return []
  return isLocal(host) ? ['127.0.0.1', '::1'] : (hosts.get(host) ?? [])
}

/** Whether a target is a port of this server's own services, to which no site may pass requests. */
export const isOwnService = (target: string, own: readonly string[] = []): boolean =>
  leadsHere(target, own) && ownPorts.has(effectivePort(new URL(target)))

/** ::ffff:7f00:1 is 127.0.0.1. */
function unmapped(address: string): string {
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address) ?? []
  if (!high || !low) return address
  return [high, low].flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]).join('.')
}

/** Why a target is refused; null when it is a good one. The URL parser unmasks 0x7f.1 and friends first. */
export function targetProblem(text: string): string | null {
  if (text.length > 300 || !shape.test(text) || !URL.canParse(text)) {
    return 'Write http://host:port or https://host:port, without user name, path or query'
  }
  const url = new URL(text)
  const host = bareHost(url)
  if (isIP(host) === 0 && !hostName.test(host)) return 'The host is not a name or an address'
  if (effectivePort(url) > 65_535 || url.port === '0') return 'The port must be between 1 and 65535'
  if (within(metadata, host)) return 'Link-local and metadata addresses are refused: clouds tell server secrets there'
  if (isOwnService(text)) return 'This port belongs to one of the panel’s own services'
  return null
}

/** An http(s) origin to proxy to, in its canonical form: `http://127.0.0.1:3000`. */
export const proxyTarget = v.pipe(
  v.string(),
  v.rawCheck(({ dataset, addIssue }) => {
    const problem = dataset.typed ? targetProblem(dataset.value) : null
    if (problem) addIssue({ message: problem })
  }),
  v.transform((text) => {
    const url = new URL(text)
    return `${url.protocol}//${url.host.replace(/\.(?=:|$)/, '')}`
  }),
)

const isAppPort = (port: number): boolean => port >= appPorts.first && port <= appPorts.last

/** A target that is set now: existing sites keep theirs, which the kernel's filter then refuses. */
export const newProxyTarget = v.pipe(
  proxyTarget,
  v.check(
    (text) => !isAppPort(effectivePort(new URL(text))),
    `Ports ${appPorts.first} to ${appPorts.last} are refused for every host: apps of this server use them`,
  ),
)
