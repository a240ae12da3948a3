import type { Identity } from '../auth/identify.ts'
import { seesSite } from '../auth/ownership.ts'
import { PanelError } from '../errors.ts'
import type { Context } from '../function/context.ts'
import { findSite, listSites as listRows, type SiteRow } from '../store/sites.ts'
import { toUnicode } from './domain.ts'
import { siteNames } from './names.ts'
import type { Site } from './schema.ts'

/** The sites somebody may see; all without a viewer, for the panel's own work. */
export const listSites = (ctx: Context, viewer?: Identity): Site[] =>
  listRows(ctx.db).filter(({ spec, owner }) => !viewer || seesSite(viewer, { domain: spec.domain, owner })).map(toSite)

/** One site. Throws `site_not_found`, also when it is not the viewer's. */
export function getSite(ctx: Context, domain: string, viewer?: Identity): Site {
  const row = findSite(ctx.db, domain)
  if (!row || (viewer && !seesSite(viewer, { domain, owner: row.owner }))) throw new PanelError('site_not_found', 404, `There is no site ${domain} on this server`)
  return toSite(row)
}

function toSite({ spec, intent, owner, createdAt, updatedAt }: SiteRow): Site {
  const { root, user } = siteNames(spec.domain)
  const state = intent ? 'applying' : spec.enabled ? 'active' : 'disabled'
  return { ...spec, unicodeDomain: toUnicode(spec.domain), state, root, user, owner, createdAt, updatedAt }
}
