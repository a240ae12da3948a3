import type { Change } from '../agent/protocol.ts'
import type { Context } from '../function/context.ts'
import { applySite, planSite } from './change.ts'
import { refuseReservedNames } from './name-rules.ts'
import type { NewSite, Site, SiteSpec } from './schema.ts'
import { completeSpec } from './spec.ts'

/** Shows what creating a site would change. Throws the same refusals as creating it. */
export async function planCreation(ctx: Context, input: NewSite): Promise<Change[]> {
  return planSite(ctx, await prepare(ctx, input), 'create')
}

/** Creates a site and answers it once it is live. Throws `domain_taken`, `domain_reserved`, `php_version_missing` and the agent's refusals. */
export async function createSite(ctx: Context, input: NewSite): Promise<Site> {
  return applySite(ctx, await prepare(ctx, input), 'create')
}

async function prepare(ctx: Context, input: NewSite): Promise<SiteSpec> {
  const spec = await completeSpec(ctx, input)
  await refuseReservedNames(ctx, spec)
  return spec
}
