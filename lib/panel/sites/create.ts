import type { Identity } from '../../model/auth/identity.ts'
import { PanelError } from '../../model/errors.ts'
import type { Change } from '../../model/protocol/change.ts'
import type { NewSite, Site, SiteSpec } from '../../model/sites/schema.ts'
import type { Context } from '../http/context.ts'
import { refuseOneTooMany } from '../store/sites.ts'
import { refuseFullDisk } from '../usage/room.ts'
import { applySite, planSite } from './change.ts'
import { mayOverlap, refuseReservedNames } from './name-rules.ts'
import { refuseOwnAddresses } from './own-addresses.ts'
import { newOwner } from './owner.ts'
import { completeSpec } from './spec.ts'
import { refuseOversized } from './spec-room.ts'
import { refuseDocumentRoot } from './setting-rules.ts'
import { refuseTarget } from './target-rules.ts'

/** Shows what creating a site would change. Throws the same refusals as creating it. */
export async function planCreation(ctx: Context, input: NewSite, identity: Identity): Promise<Change[]> {
  const { spec, owner } = await prepare(ctx, input, identity)
  if (owner) refuseOneTooMany(ctx.db, owner, spec)
  refuseOversized(ctx, spec, owner)
  return planSite(ctx, spec, 'create', { owner, overlap: mayOverlap(identity) })
}

/**
 * Creates a site and answers it once it is live. Throws `domain_taken`, `domain_reserved`, `php_version_missing`,
 * `limit_reached` and the agent's refusals.
 */
export async function createSite(ctx: Context, input: NewSite, identity: Identity): Promise<Site> {
  const { spec, owner } = await prepare(ctx, input, identity)
  refuseOversized(ctx, spec, owner)
  return applySite(ctx, spec, 'create', owner, false, mayOverlap(identity))
}

async function prepare(
  ctx: Context,
  input: NewSite,
  identity: Identity,
): Promise<{ spec: SiteSpec; owner: string | null }> {
  if (identity.site) throw new PanelError('not_allowed', 403, `This token is for the site ${identity.site} alone`)
  refuseOwnAddresses(input.trustedProxies ?? [])
  const spec = await completeSpec(ctx, input)
  await refuseReservedNames(ctx, spec)
  await refuseDocumentRoot(ctx, spec)
  if (spec.proxyTo) spec.proxyHere = await refuseTarget(ctx, spec.proxyTo, identity)
  const owner = newOwner(ctx, identity, input.owner)
  if (owner) await refuseFullDisk(ctx, owner)
  return { spec, owner }
}
