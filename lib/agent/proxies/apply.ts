import type { Output, Parsed } from '../../model/protocol/agent.ts'
import { converge } from '../converge/converge.ts'
import { diff, toChanges } from '../converge/diff.ts'
import { describeProxies } from '../server/describe-server.ts'

/** Makes the addresses of CDNs' proxies live. */
export async function applyRanges({ ranges }: Parsed<'proxies.apply'>): Promise<Output<'proxies.apply'>> {
  const deltas = await diff(describeProxies(ranges))
  await converge(deltas)
  return { changes: await toChanges(deltas, false) }
}
