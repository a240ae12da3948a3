import { isIP } from 'node:net'
import * as v from 'valibot'

interface Network {
  version: 4 | 6
  base: bigint
  prefix: number
}

/** Wider networks than these are no one's own: a slip of the keyboard there shuts out, or lets in, the world. */
const WIDEST = { 4: 8, 6: 16 } as const

const bits = (version: 4 | 6): number => (version === 4 ? 32 : 128)

/**
 * An address or network in the one way it is written (RFC 5952, host bits cleared, no /32 or /128); null when it is
 * none.
 */
export function canonicalNetwork(text: string): string | null {
  const network = parse(text)
  return network && network.prefix >= WIDEST[network.version] ? write(network) : null
}

/** Whether two addresses or networks have an address in common. Both must be valid. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [parse(one), parse(other)]
  if (!a || !b || a.version !== b.version) return false
  const shift = BigInt(bits(a.version) - Math.min(a.prefix, b.prefix))
  return a.base >> shift === b.base >> shift
}

/** Whether the first has every address of the second. Both must be valid. */
export const covers = (outer: string, inner: string): boolean =>
  overlap(outer, inner) && parse(outer)!.prefix <= parse(inner)!.prefix

/** Whether a text is no network, or one that is not wider than this many bits of its version. */
export function isAtMost(text: string, widest: Record<4 | 6, number>): boolean {
  const found = parse(text)
  return found === null || found.prefix >= widest[found.version]
}

/** Networks that the internet does not lead to (RFC 1918, 6598, 4193). */
const privateNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7']

export const isPrivate = (text: string): boolean => privateNetworks.some((outer) => covers(outer, text))

/** The server speaking to itself, and addresses nobody has. */
export const isLoopback = (network: string): boolean =>
  ['127.0.0.0/8', '0.0.0.0/8', '::/127'].some((never) => overlap(never, network))

/** Address or network in CIDR form, as people write it. */
export const network = v.pipe(
  v.string(),
  v.maxLength(60),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }) => {
    const canonical = canonicalNetwork(value)
    if (canonical) return canonical
    addIssue({
      message:
        'Write an address such as 203.0.113.9 or 2001:db8::1, or a network such as 203.0.113.0/24 (IPv4 at ' +
        'most /8, IPv6 /16)',
    })
    return NEVER
  }),
)

function parse(text: string): Network | null {
  const [, address, length] = /^([0-9a-fA-F:.]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? []
  const version = isIP(address ?? '') as 0 | 4 | 6
  if (!address || !version) return null
  const prefix = length === undefined ? bits(version) : Number(length)
  if (prefix > bits(version)) return null
  return withoutMapping({
    version,
    base: cleared(version === 4 ? number4(address) : number6(address), bits(version) - prefix),
    prefix,
  })
}

/** An address as URLs, and programs that add a port to it, want it. */
export const bracketed = (address: string): string => (isIP(address) === 6 ? `[${address}]` : address)

const cleared = (value: bigint, low: number): bigint => (value >> BigInt(low)) << BigInt(low)

const number4 = (address: string): bigint => address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n)

/** The URL parser knows every way to write an IPv6 address. */
function number6(address: string): bigint {
  const [head = [], tail = []] = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .split('::')
    .map((half) => half.split(':').filter(Boolean))
  const zeros = Array<string>(8 - head.length - tail.length).fill('0')
  return [...head, ...zeros, ...tail].reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n)
}

/** ::ffff:203.0.113.9 is the IPv4 address: programs log either. */
function withoutMapping(network: Network): Network {
  const mapped = network.version === 6 && network.prefix >= 96 && network.base >> 32n === 0xffffn
  return mapped ? { version: 4, base: network.base & 0xffffffffn, prefix: network.prefix - 96 } : network
}

function write({ version, base, prefix }: Network): string {
  const hex = base.toString(16).padStart(32, '0')
  const address =
    version === 4
      ? [24n, 16n, 8n, 0n].map((shift) => (base >> shift) & 255n).join('.')
      : new URL(`http://[${hex.match(/.{4}/g)!.join(':')}]`).hostname.slice(1, -1)
  return prefix === bits(version) ? address : `${address}/${prefix}`
}
