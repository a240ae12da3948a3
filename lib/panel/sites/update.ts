import { isDeepStrictEqual } from 'node:util'
import { mergeEnvironment } from '../../model/apps/environment.ts'
import type { Identity } from '../../model/auth/identity.ts'
import { PanelError } from '../../model/errors.ts'
import type { Change } from '../../model/protocol/change.ts'
import type { ChangedSite, SiteChanges, SiteSpec } from '../../model/sites/schema.ts'
import type { Context } from '../http/context.ts'
import { refuseOneTooMany } from '../store/sites.ts'
import { applySite, planSite } from './change.ts'
import { mayOverlap, refuseReservedNames } from './name-rules.ts'
import { withHashes } from './basic-auth.ts'
import { refuseDocumentRoot } from './setting-rules.ts'
import { refuseRedirects } from './redirects.ts'
import { changedOwner } from './owner.ts'
import { getSite, getSpec } from './read.ts'
import { resetSettings, toResets, withRuntime } from './runtime.ts'
import { refuseOwnAddresses } from './own-addresses.ts'
import { refuseContradictions } from './spec.ts'
import { refuseOversized } from './spec-room.ts'
import { refuseTarget } from './target-rules.ts'

/** Shows what new settings would change. */
export async function planUpdate(
  ctx: Context,
  domain: string,
  { owner, ...changes }: SiteChanges,
  identity: Identity,
): Promise<Change[]> {
  const next = changedOwner(ctx, identity, getSite(ctx, domain).owner, owner)
  const claim = { owner: next, overlap: mayOverlap(identity) }
  const [before, after] = [getSpec(ctx, domain), await merge(ctx, domain, changes, identity)]
  refuseOversized(ctx, after, next)
  if (next) refuseOneTooMany(ctx.db, next, after, before)
  return [...toResets(before, after), ...(await planSite(ctx, after, 'update', claim))]
}

/** Changes a site's settings and answers it once they are live. */
export async function updateSite(
  ctx: Context,
  domain: string,
  { owner, ...changes }: SiteChanges,
  identity: Identity,
): Promise<ChangedSite> {
  const before = getSpec(ctx, domain)
  const after = await merge(ctx, domain, changes, identity)
  // Looking at a target or a folder takes time; a change that was made meanwhile must not be taken back.
  if (!isDeepStrictEqual(before, getSpec(ctx, domain))) return updateSite(ctx, domain, { owner, ...changes }, identity)
  const next = changedOwner(ctx, identity, getSite(ctx, domain).owner, owner)
  refuseOversized(ctx, after, next)
  const site = await applySite(ctx, after, 'update', next, false, mayOverlap(identity))
  return before.runtime === after.runtime ? site : { ...site, reset: resetSettings(before, after) }
}

async function merge(
  ctx: Context,
  domain: string,
  { phpSettings, basicAuth, app, ...changes }: Omit<SiteChanges, 'owner'>,
  identity: Identity,
): Promise<SiteSpec> {
  refuseOwnAddresses(changes.trustedProxies ?? [])
  const before = getSpec(ctx, domain)
  const current = await withRuntime(ctx, before, { ...changes, app })
  if (phpSettings && current.runtime !== 'php') {
    throw new PanelError(
      'not_a_php_site',
      422,
      `${domain} is a ${current.runtime} site; only PHP sites have phpSettings`,
    )
  }
  const { uploadMaxMb, ...php } = phpSettings ?? {}
  const proxyHere = changes.proxyTo ? await refuseTarget(ctx, changes.proxyTo, identity) : current.proxyHere
  const spec: SiteSpec = {
    ...current,
    ...(uploadMaxMb !== undefined && { bodyLimitMb: uploadMaxMb }),
    ...changes,
    redirectAliases:
      changes.redirectAliases ??
      current.redirectAliases.filter((name) => (changes.aliases ?? current.aliases).includes(name)),
    proxyHere,
    proxySettings: { ...current.proxySettings, ...changes.proxySettings },
    hstsBefore: current.hstsBefore || current.hsts,
    phpSettings: {
      ...current.phpSettings,
      ...php,
      ini: mergeEnvironment(current.phpSettings.ini, php.ini ?? {}),
    },
    basicAuth: basicAuth ? withHashes(basicAuth, current.basicAuth) : current.basicAuth,
  }
  refuseContradictions(spec)
  if (changes.aliases) refuseRedirects(spec)
  if (changes.documentRoot) await refuseDocumentRoot(ctx, spec)
  await refuseReservedNames(ctx, spec, before)
  return spec
}
