import type { Identity } from '../../model/auth/identity.ts'
import { toUnicode } from '../../model/domain.ts'
import { PanelError } from '../../model/errors.ts'
import { runsAs, siteRoot } from '../../model/sites/names.ts'
import { isServed, type Site, type SiteSpec } from '../../model/sites/schema.ts'
import { seesSite } from '../auth/ownership.ts'
import type { Context } from '../http/context.ts'
import { withoutHashes } from './basic-auth.ts'
import { findSite, listSites as listRows, type SiteRow } from '../store/sites.ts'

/** The sites somebody may see; all without a viewer, for the panel's own work. */
export const listSites = (ctx: Context, viewer?: Identity): Site[] =>
  listRows(ctx.db)
    .filter(({ spec, owner }) => !viewer || seesSite(viewer, { domain: spec.domain, owner }))
    .map(toSite)

/** One site. Throws `site_not_found`, also when it is not the viewer's. */
export function getSite(ctx: Context, domain: string, viewer?: Identity): Site {
  const row = findSite(ctx.db, domain)
  if (!row || (viewer && !seesSite(viewer, { domain, owner: row.owner }))) throw unknown(domain)
  return toSite(row)
}

/** A site as the agent is told of it, secrets of its app included. Throws `site_not_found`. */
export function getSpec(ctx: Context, domain: string): SiteSpec {
  const row = findSite(ctx.db, domain)
  if (!row) throw unknown(domain)
  return row.spec
}

export const listSpecs = (ctx: Context): SiteSpec[] => listRows(ctx.db).map(({ spec }) => spec)

function toSite({ spec: whole, pending, owner, createdAt, updatedAt }: SiteRow): Site {
  const { app, cache, basicAuth, hstsBefore: _, proxyHere: __, directives: ___, redirects: ____, ...spec } = whole
  const root = siteRoot(spec)
  const state = pending ? 'applying' : !spec.enabled ? 'disabled' : isServed(spec) ? 'active' : 'stopped'
  return {
    ...spec,
    basicAuth: withoutHashes(basicAuth),
    nodeVersion: app?.nodeVersion ?? null,
    cache: { redis: cache.redis !== null, page: cache.page },
    unicodeDomain: toUnicode(spec.domain),
    state,
    root,
    user: runsAs(spec),
    owner,
    createdAt,
    updatedAt,
  }
}

const unknown = (domain: string): PanelError =>
  new PanelError('site_not_found', 404, `There is no site ${domain} on this server`)
