import { hasResolver, withoutAddresses } from '../../drivers/nginx/proxy.conf.ts'
import { renderVhost } from '../../drivers/nginx/vhost.conf.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import { siteNames } from '../../model/sites/names.ts'
import { converge } from '../converge/converge.ts'
import { diff } from '../converge/diff.ts'
import { machineResolvers, readFacts } from '../facts/facts.ts'
import type { Delta, Resource } from '../resources/resource.ts'
import { certificatesOf } from '../sites/batch.ts'

/**
 * Writes the vhosts of proxy sites anew that differ from what they are to be by the addresses of DNS servers or of
 * names in the hosts file alone. Throws what a change of nginx does.
 */
export async function followAddresses({ server, sites }: Parsed<'proxies.follow'>): Promise<Output<'proxies.follow'>> {
  const desired = sites.map((spec) => ({ ensure: 'present' as const, spec }))
  const facts = await readFacts(server.resolvers, certificatesOf(desired))
  const vhosts = sites.map((spec): Resource => ({
    kind: 'file',
    name: siteNames(spec.domain).vhost,
    state: { owner: 'root', group: 'root', mode: 0o644, content: renderVhost(spec, facts) },
  }))
  const deltas = (await diff(vhosts)).filter(onlyMoved)
  await converge(deltas)
  const names = deltas.map(({ name }) => name)
  return {
    followed: sites.map(({ domain }) => domain).filter((domain) => names.includes(siteNames(domain).vhost)),
    withoutResolver:
      server.resolvers.length === 0 &&
      (await machineResolvers()).length === 0 &&
      vhosts.some(({ state }) => hasResolver((state as { content: string }).content)),
  }
}

const onlyMoved = (delta: Delta): boolean =>
  delta.kind === 'file' &&
  delta.before !== null &&
  delta.after !== null &&
  withoutAddresses(delta.before.content) === withoutAddresses(delta.after.content)
