import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'

export type Hosts = ReadonlyMap<string, readonly string[]>

/** The addresses of each name in the text of a hosts(5) file, in its order. Pure. */
export function parseHosts(text: string): Hosts {
  const found = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/)
    if (!address || isIP(address) === 0) continue
    for (const name of names) found.set(name, [...new Set([...(found.get(name) ?? []), address])])
  }
  return found
}

/** Names that this server knows by itself: nginx's resolver asks DNS alone. */
export function readHosts(): Hosts {
  try {
    return parseHosts(readFileSync('/etc/hosts', 'utf8'))
  } catch {
    return new Map()
  }
}
