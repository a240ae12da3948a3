import type { ServerFacts } from '../../drivers/facts.ts'
import { renderGuard, withoutTargets } from '../../drivers/nftables/guard.conf.ts'
import { hasResolver, withoutAddresses } from '../../drivers/nginx/proxy.conf.ts'
import { renderVhost } from '../../drivers/nginx/vhost.conf.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import { paths } from '../../model/paths.ts'
import { siteNames } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { converge } from '../converge/converge.ts'
import { diff } from '../converge/diff.ts'
import { machineResolvers, readServerFacts } from '../facts/facts.ts'
import type { Delta, Resource } from '../resources/resource.ts'
import { certificatesOf } from '../sites/batch.ts'
import { describeGuard } from '../sites/describe-site.ts'

/**
 * Writes anew what differs from what it is to be by the addresses of DNS servers, or of names in the hosts file, alone:
 * vhosts of proxy sites, and the filter that lets nginx reach these addresses. Throws what a change of them does.
 */
export async function followAddresses({ server, sites }: Parsed<'proxies.follow'>): Promise<Output<'proxies.follow'>> {
  const desired = sites.map((spec) => ({ ensure: 'present' as const, spec }))
  const facts = await readServerFacts(server, certificatesOf(desired))
  const vhosts = sites.map((spec) => ({ spec, content: renderVhost(spec, facts) }))
  const deltas = (await diff(vhosts.flatMap((vhost) => resourcesOf(vhost, facts)).concat(guard(facts)))).filter(
    onlyMoved,
  )
  await converge(deltas)
  const names = new Set(deltas.map(({ name }) => name))
  return {
    followed: sites.map(({ domain }) => domain).filter((domain) => names.has(siteNames(domain).vhost)),
    withoutResolver:
      server.resolvers.length === 0 &&
      vhosts.some(({ content }) => hasResolver(content)) &&
      (await machineResolvers()).length === 0,
  }
}

const resourcesOf = ({ spec, content }: { spec: SiteSpec; content: string }, facts: ServerFacts): Resource[] => [
  {
    kind: 'file',
    name: siteNames(spec.domain).vhost,
    state: { owner: 'root', group: 'root', mode: 0o644, content },
  },
  describeGuard(spec, facts),
]

const guard = (facts: ServerFacts): Resource => ({
  kind: 'file',
  name: paths.appGuard,
  state: { owner: 'root', group: 'root', mode: 0o600, content: renderGuard(facts) },
})

function onlyMoved(delta: Delta): boolean {
  if (delta.kind !== 'file') return false
  const [before, after] = [delta.before?.content ?? '', delta.after?.content ?? ''].map((text) =>
    withoutAddresses(withoutTargets(text)),
  )
  return before === after
}
