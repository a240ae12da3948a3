import * as v from 'valibot'
import { forAdministrators } from '../auth/set-by.ts'
import { canonicalNetwork, isAtMost, isLoopback, isPrivate, network } from '../network.ts'

export const providers = ['cloudflare', 'fastly', 'bunny', 'cloudfront'] as const
export const provider = v.picklist(providers)
export type Provider = v.InferOutput<typeof provider>

/** Addresses of each provider's proxies. */
export type Ranges = Readonly<Record<Provider, string[]>>

/** No list is wider: who names the world as a proxy lets everybody claim any address. */
const WIDEST = { 4: 12, 6: 24 } as const

/** Ranges are as narrow as providers have them: a list that somebody forged must not cover the world. */
const range = v.pipe(
  network,
  v.check((text) => !isLoopback(text) && isAtMost(text, WIDEST)),
)
const list = v.pipe(v.array(range), v.maxLength(3000))
export const ranges = v.strictObject({
  cloudflare: list,
  fastly: list,
  bunny: v.optional(list, []),
  cloudfront: list,
})

/** The ranges that were known when this was written; a hook keeps them current. Two have too many for this. */
export const knownRanges: Ranges = {
  cloudflare: [
    ...['173.245.48.0/20', '103.21.244.0/22', '103.22.200.0/22', '103.31.4.0/22', '141.101.64.0/18'],
    ...['108.162.192.0/18', '190.93.240.0/20', '188.114.96.0/20', '197.234.240.0/22', '198.41.128.0/17'],
    ...['162.158.0.0/15', '104.16.0.0/13', '104.24.0.0/14', '172.64.0.0/13', '131.0.72.0/22'],
    ...['2400:cb00::/32', '2606:4700::/32', '2803:f800::/32', '2405:b500::/32', '2405:8100::/32'],
    ...['2a06:98c0::/29', '2c0f:f248::/32'],
  ],
  fastly: [
    ...['23.235.32.0/20', '43.249.72.0/22', '103.244.50.0/24', '103.245.222.0/23', '103.245.224.0/24'],
    ...['104.156.80.0/20', '140.248.64.0/18', '140.248.128.0/17', '146.75.0.0/17', '151.101.0.0/16'],
    ...['157.52.64.0/18', '167.82.0.0/17', '167.82.128.0/20', '167.82.160.0/20', '167.82.224.0/20'],
    ...['172.111.64.0/18', '185.31.16.0/22', '199.27.72.0/21', '199.232.0.0/16', '2a04:4e40::/32', '2a04:4e42::/32'],
  ],
  bunny: [],
  cloudfront: [],
}

/** Providers as their own lists have them, or the address or network of a proxy. */
const trusted = v.union([provider, network], `Write ${providers.join(', ')}, or the address or network of a proxy`)

/**
 * Owners may choose Cloudflare: its customers cannot set the header with the visitor's address. Other proxies need an
 * administrator: they could report any address and get it banned.
 */
const cloudflareAlone = {
  words: 'cloudflare',
  accepts: (value: unknown) => Array.isArray(value) && value.every((name) => name === 'cloudflare'),
}

const isItself = (entry: string): boolean => canonicalNetwork(entry) !== null && isLoopback(entry)

/** A few of something that is no part of this server, and none twice. */
const listOf = <S extends v.GenericSchema<string, string>>(entry: S) =>
  v.pipe(
    v.array(entry),
    v.maxLength(50),
    v.check((list) => new Set(list).size === list.length, 'One is named twice'),
    v.check((list) => !list.some(isItself), 'This is the server itself'),
  )

export const trustedProxies = forAdministrators(listOf(trusted), { othersMay: cloudflareAlone })

const TOO_WIDE =
  'This is so much of the internet that anybody could claim any address. Name your own proxies: public networks of ' +
  'IPv4 at most /12, of IPv6 /24'

const isNarrow = (entry: string): boolean => isProvider(entry) || isPrivate(entry) || isAtMost(entry, WIDEST)

/** Proxies that the server trusts for the panel and for all sites. */
export const serverProxies = listOf(
  v.pipe(v.string(), v.maxLength(60), v.check(isNarrow, TOO_WIDE), trusted, v.check(isNarrow, TOO_WIDE)),
)

export const isProvider = (name: string): name is Provider => (providers as readonly string[]).includes(name)

/** The networks that a list means. */
export const networksOf = (list: readonly string[], known: Ranges): string[] =>
  list.flatMap((entry) => (isProvider(entry) ? known[entry] : [entry]))
