import * as v from 'valibot'
import { PanelError } from '../errors.ts'
import type { Context } from '../function/context.ts'
import { phpSettings, type NewSite, type Site, type SiteSpec } from './schema.ts'

/** A new site with everything left out filled in. Throws `invalid_input` when its fields contradict its runtime. */
export async function completeSpec(ctx: Context, { owner: _, ...input }: NewSite): Promise<SiteSpec> {
  const spec: SiteSpec = {
    ...input,
    phpVersion: input.phpVersion ?? (input.runtime === 'php' ? await newestPhp(ctx) : null),
    proxyTo: input.proxyTo ?? null,
    phpSettings: v.parse(phpSettings, input.phpSettings),
  }
  refuseContradictions(spec)
  return spec
}

async function newestPhp(ctx: Context): Promise<SiteSpec['phpVersion']> {
  const { versions } = await ctx.agent.call('php.list', { available: false })
  const newest = versions.findLast(({ installed }) => installed)
  if (!newest) throw new PanelError('php_version_missing', 409, 'No PHP is installed on this server; install a version on the PHP page first')
  return newest.version
}

/** Refuses what the runtime has no use for, rather than keep a setting that does nothing. */
export function refuseContradictions(spec: SiteSpec): void {
  const problem =
    spec.runtime === 'proxy' && !spec.proxyTo ? ['proxyTo', 'A proxy site needs the address to pass requests to'] :
    spec.runtime !== 'proxy' && spec.proxyTo ? ['proxyTo', `A ${spec.runtime} site has no address to pass requests to`] :
    spec.runtime !== 'php' && spec.phpVersion ? ['phpVersion', `A ${spec.runtime} site has no PHP version`] :
    spec.aliases.includes(spec.domain) ? ['aliases', 'The domain itself is not an alias'] :
    new Set(spec.aliases).size < spec.aliases.length ? ['aliases', 'An alias is named twice'] : null
  if (problem) throw new PanelError('invalid_input', 422, problem[1]!, { issues: [{ path: problem[0], message: problem[1] }] })
}

/** The part of a site that the agent is told. */
export const specOf = ({ unicodeDomain: _u, state: _s, root: _r, user: _n, owner: _o, createdAt: _c, updatedAt: _d, ...spec }: Site): SiteSpec => spec
