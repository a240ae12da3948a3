import { BlockList, isIP } from 'node:net'
import * as v from 'valibot'
import { ports } from '../paths.ts'

/** Where the panel's own services listen on loopback: panel, database tool, MariaDB, Redis. A site must not front them. */
const ownPorts = new Set<number>([ports.public, ports.tool, ports.mariadb, ports.redis])

const local = new BlockList()
local.addSubnet('127.0.0.0', 8, 'ipv4')
local.addSubnet('0.0.0.0', 8, 'ipv4')
local.addAddress('::1', 'ipv6')
local.addAddress('::', 'ipv6')
local.addSubnet('::ffff:127.0.0.0', 104, 'ipv6')
local.addSubnet('::ffff:0.0.0.0', 104, 'ipv6')

/** Link-local: where clouds answer a server's secrets. */
const linkLocal = new BlockList()
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4')
linkLocal.addSubnet('fe80::', 10, 'ipv6')
linkLocal.addSubnet('::ffff:169.254.0.0', 112, 'ipv6')

const shape = /^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?\/?$/i
const hostName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

const within = (list: BlockList, address: string): boolean =>
  isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** The bare host of a URL: `::1` for `[::1]`. */
export const bareHost = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

/** The port a URL means, also when it is the protocol's own. */
export const effectivePort = (url: URL): number => Number(url.port) || (url.protocol === 'https:' ? 443 : 80)

/** True for addresses and names of this machine itself. */
export const isLocal = (host: string): boolean =>
  within(local, host) || host === 'localhost' || host.endsWith('.localhost')

/** Whether a target is another server, by what it says: only administrators may name this one. */
export const isElsewhere = (target: unknown): boolean => typeof target === 'string' && !isLocal(bareHost(new URL(target)))

/** Why a target is refused; null when it is a good one. The URL parser unmasks 0x7f.1 and friends first. */
export function targetProblem(text: string): string | null {
  if (text.length > 300 || !shape.test(text) || !URL.canParse(text)) {
    return 'Write http://host:port or https://host:port, without user name, path or query'
  }
  const url = new URL(text)
  const host = bareHost(url)
  if (isIP(host) === 0 && !hostName.test(host)) return 'The host is not a name or an address'
  if (effectivePort(url) > 65_535 || url.port === '0') return 'The port must be between 1 and 65535'
  if (within(linkLocal, host)) return 'Link-local addresses are refused: a cloud answers the server’s secrets there'
  if (isLocal(host) && ownPorts.has(effectivePort(url))) return 'This port belongs to one of the panel’s own services'
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
    return `${url.protocol}//${url.host}`
  }),
)
