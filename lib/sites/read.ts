import { PanelError } from '../errors.ts'
import type { Context } from '../function/context.ts'
import { findSite, listSites as listRows, type SiteRow } from '../store/sites.ts'
import { toUnicode } from './domain.ts'
import { siteNames } from './names.ts'
import type { Site } from './schema.ts'

export const listSites = (ctx: Context): Site[] => listRows(ctx.db).map(toSite)

/** One site. Throws `site_not_found`. */
export function getSite(ctx: Context, domain: string): Site {
  const row = findSite(ctx.db, domain)
  if (!row) throw new PanelError('site_not_found', 404, `There is no site ${domain} on this server`)
  return toSite(row)
}

function toSite({ spec, intent, createdAt, updatedAt }: SiteRow): Site {
  const { root, user } = siteNames(spec.domain)
  const state = intent ? 'applying' : spec.enabled ? 'active' : 'disabled'
  return { ...spec, unicodeDomain: toUnicode(spec.domain), state, root, user, createdAt, updatedAt }
}
