import { Resolver } from 'node:dns/promises'
import { bracketed } from '../../model/network.ts'

/** Answer of the DNS for a name: its addresses, or why there are none. */
export type Lookup =
  { addresses: { address: string; type: 'A' | 'AAAA' }[] } | { failure: 'missing' | 'failing' | 'unanswered' }

/** Asks these servers, past /etc/hosts and any cache of this machine's. */
export async function lookUp(name: string, servers: readonly string[]): Promise<Lookup> {
  const resolver = new Resolver({ timeout: 2_500, tries: 2 })
  resolver.setServers(servers.map(bracketed))
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  const failures = [v4, v6].flatMap((result) => (result.status === 'rejected' ? [codeOf(result.reason)] : []))
  // A name without AAAA is common; one whose AAAA cannot be asked for is not: an authority asks for it first.
  const failing = failures.find((code) => !['ENOTFOUND', 'ENODATA'].includes(code))
  if (failing)
    return { failure: ['ESERVFAIL', 'EREFUSED', 'EFORMERR', 'EBADRESP'].includes(failing) ? 'failing' : 'unanswered' }
  const addresses = [
    ...(v4.status === 'fulfilled' ? v4.value.map((address) => ({ address, type: 'A' as const })) : []),
    ...(v6.status === 'fulfilled' ? v6.value.map((address) => ({ address, type: 'AAAA' as const })) : []),
  ]
  return addresses.length > 0 ? { addresses } : { failure: 'missing' }
}

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? 'EUNKNOWN'
