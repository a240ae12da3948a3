import { PanelError } from '../errors.ts'
import type { Context } from '../function/context.ts'
import { findJob } from '../store/jobs.ts'
import { ownerOf } from '../store/sites.ts'
import { ownerOfDatabase } from '../databases/tool-owner.ts'
import type { Identity } from './identify.ts'

/** Whose a thing is that a path names; null: nobody's but the administrators'. One line for each path parameter that has an owner. */
const owners: Record<string, (ctx: Context, name: string) => string | null> = {
  site: (ctx, name) => ownerOf(ctx.db, name),
  db: (ctx, name) => ownerOfDatabase(ctx, name),
  job: (ctx, name) => findJob(ctx.db, name)?.actor ?? null,
}

export const ownedParameters: ReadonlySet<string> = new Set(Object.keys(owners))

/** Whether somebody may see a site: administrators all, users their own, a token for one site that one. */
export function seesSite(identity: Identity, { domain, owner }: { domain: string; owner: string | null }): boolean {
  return (identity.role === 'admin' || owner === identity.username) && (!identity.site || identity.site === domain)
}

/**
 * Refuses what belongs to somebody else, for every function at once, in the words for what does not exist:
 * a stranger does not learn what others have. Throws `site_not_found` and the like.
 */
export function refuseForeign(ctx: Context, identity: Identity, params: Record<string, string>): void {
  for (const [name, value] of Object.entries(params)) {
    const ownerOfIt = owners[name]
    if (!ownerOfIt) continue
    const own = identity.role === 'admin' || ownerOfIt(ctx, value) === identity.username
    const inReach = name !== 'site' || !identity.site || identity.site === value
    if (!own || !inReach) throw new PanelError(`${name}_not_found`, 404, `There is no such ${name}`)
  }
}
