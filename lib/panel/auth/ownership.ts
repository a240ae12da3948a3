import type { Identity } from '../../model/auth/identity.ts'
import type { ErrorCode } from '../../model/error-codes.ts'
import { PanelError } from '../../model/errors.ts'
import type { Context } from '../http/context.ts'
import { findDatabase } from '../store/databases.ts'
import { findDump } from '../store/dumps.ts'
import { findJob, type JobRow } from '../store/jobs.ts'
import { ownerOf } from '../store/sites.ts'

/** Owner of something (null: the administrators), and the site it belongs to. */
export interface Belonging {
  owner: string | null
  site: string | null
}

const nobodys: Belonging = { owner: null, site: null }

/** Finds the owner of the resource that a path parameter names. One line for each parameter with an owner. */
const belongings: Record<string, (ctx: Context, name: string) => Belonging> = {
  site: (ctx, name) => ({ owner: ownerOf(ctx.db, name), site: name }),
  db: (ctx, name) => findDatabase(ctx.db, name) ?? nobodys,
  dump: (ctx, name) => findDump(ctx.db, name) ?? nobodys,
  job: (ctx, name) => {
    const job = findJob(ctx.db, name)
    return job ? belongingOfJob(job) : nobodys
  },
}

/** A job is its maker's; a token for one site sees those of that site. */
export const belongingOfJob = ({ actor, site }: Pick<JobRow, 'actor' | 'site'>): Belonging => ({ owner: actor, site })

/** Finds the site that the resource in a path belongs to. */
export const siteOf = (ctx: Context, params: Record<string, string>): string | null =>
  Object.entries(params)
    .map(([name, value]) => belongings[name]?.(ctx, value).site ?? null)
    .find((site) => site !== null) ?? null

/** How what a path parameter names is refused: the noun, and the code. */
const refusals: Readonly<Record<string, { word: string; code: ErrorCode & `${string}_not_found` }>> = {
  site: { word: 'site', code: 'site_not_found' },
  db: { word: 'database', code: 'database_not_found' },
  dump: { word: 'dump', code: 'dump_not_found' },
  job: { word: 'job', code: 'job_not_found' },
}

/** Code of the refusal of what a path parameter names; null: such things have no owner. */
export const refusalOf = (parameter: string): ErrorCode | null => refusals[parameter]?.code ?? null

export const ownedParameters: ReadonlySet<string> = new Set(Object.keys(belongings))

/**
 * Whether somebody may see a thing: administrators all, users their own, a token for one site what belongs to that one.
 */
export const sees = (identity: Identity, { owner, site }: Belonging): boolean =>
  (identity.role === 'admin' || owner === identity.username) && (!identity.site || identity.site === site)

export const seesSite = (identity: Identity, { domain, owner }: { domain: string; owner: string | null }): boolean =>
  sees(identity, { owner, site: domain })

/**
 * Refuses what belongs to somebody else, for every function at once, in the words for what does not exist:
 * a stranger does not learn what others have. Throws `site_not_found` and the like.
 */
export function refuseForeign(ctx: Context, identity: Identity, params: Record<string, string>): void {
  for (const [name, value] of Object.entries(params)) {
    const belonging = belongings[name]?.(ctx, value)
    if (!belonging) continue
    const { word, code } = refusals[name]!
    if (!sees(identity, belonging)) throw new PanelError(code, 404, `There is no such ${word}`)
  }
}
