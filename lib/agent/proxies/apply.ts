import type { Output, Parsed } from '../../model/protocol/agent.ts'
import { converge } from '../converge/converge.ts'
import { diff, toChanges } from '../converge/diff.ts'
import { readServerFacts } from '../facts/facts.ts'
import { describeLimits, describeProxies } from '../server/describe-server.ts'

/** Makes the addresses of CDNs' proxies live, and spares those that are trusted the limit of connections. */
export async function applyRanges({ ranges, trusted }: Parsed<'proxies.apply'>): Promise<Output<'proxies.apply'>> {
  const deltas = await diff([...describeProxies(ranges), describeLimits(await readServerFacts(), trusted)])
  await converge(deltas)
  return { changes: await toChanges(deltas, false) }
}
