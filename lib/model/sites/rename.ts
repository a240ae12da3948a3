import * as v from 'valibot'
import { wwwCounterpart, domain } from '../domain.ts'
import { namesOf } from './names.ts'
import { site, type SiteSpec } from './schema.ts'

/** Input of POST /api/sites/{site}/rename. */
export const newDomain = v.strictObject({
  domain,
  /** Part of the former domain: it answers as the new one, leads to it (301), or is given up. */
  keepOldName: v.optional(v.picklist(['alias', 'redirect', 'no']), 'alias'),
})
export type NewDomain = v.InferOutput<typeof newDomain>

/** Settings that need a look after a change of the domain, and why. */
export const renameNote = v.strictObject({ name: v.string(), note: v.string() })
export type RenameNote = v.InferOutput<typeof renameNote>

/** Answer: the site, and what of it still names the former domain or does not fit the new one. */
export const renamedSite = v.strictObject({ ...site.entries, notes: v.array(renameNote) })

/** A site under another domain. A former name that leads to the domain goes on leading there. */
export function renamed(before: SiteSpec, { domain: to, keepOldName }: NewDomain): SiteSpec {
  const { domain: from, redirectWww } = before
  const own = namesOf({ domain: to, aliases: [], redirectWww })
  const former = keepOldName === 'no' ? [] : [from, ...(redirectWww ? [wwwCounterpart(from)] : [])]
  const kept = former.filter((name) => !own.includes(name))
  const aliases = [...new Set([...before.aliases, ...kept])].filter((name) => !own.includes(name))
  const leading = kept.filter((name) => keepOldName === 'redirect' || name !== from)
  return {
    ...before,
    domain: to,
    aliases,
    redirectAliases: [...new Set([...before.redirectAliases, ...leading])].filter((name) => aliases.includes(name)),
  }
}
