import { existsSync, readFileSync } from 'node:fs'

const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')

/** IPv4 addresses of this machine, in the text of /proc/net/fib_trie: what comes before `/32 host LOCAL`. */
export const localIpv4 = (text: string): string[] => [
  ...new Set([...text.matchAll(/\|-- (\d+\.\d+\.\d+\.\d+)\n\s+\/32 host LOCAL/g)].map(([, address]) => address!)),
]

/** IPv6 addresses of this machine, in the text of /proc/net/if_inet6, as URLs write them. */
export const localIpv6 = (text: string): string[] =>
  [...text.matchAll(/^([0-9a-f]{32}) /gm)].map(([, hex]) =>
    new URL(`http://[${hex!.match(/.{4}/g)!.join(':')}]`).hostname.slice(1, -1),
  )

/** Every address of this machine, from proc(5): other ways need a socket that the panel may not open. */
export const ownAddresses = (): string[] => [
  ...localIpv4(read('/proc/self/net/fib_trie')),
  ...localIpv6(read('/proc/self/net/if_inet6')),
]
