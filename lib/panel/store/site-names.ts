import { PanelError } from '../../model/errors.ts'
import { isWildcard } from '../../model/wildcard.ts'
import type { Store } from './open.ts'

interface NameOwner {
  name: string
  /** The site that answers to it. */
  domain: string
}

/** Claimant of names. */
interface Taker {
  /** The site; null: it is new. */
  site: string | null
  owner: string | null
  /** Whether they may be below another user's wildcard, or above another user's names: administrators say so. */
  overlap: boolean
}

/** Which of these names belong to a site, and to which. */
export function nameOwners({ sqlite }: Store, names: readonly string[]): NameOwner[] {
  const query = 'SELECT name, domain FROM site_names WHERE name IN (SELECT value FROM json_each(?))'
  return sqlite.prepare(query).all(JSON.stringify(names)) as NameOwner[]
}

/** Throws `domain_taken` when one of these names belongs to another site, or is another user's by a wildcard. */
export function refuseTakenNames(store: Store, names: readonly string[], taker: Taker): void {
  const held = nameOwners(store, names)
  const taken = held.find(({ domain }) => domain !== taker.site)
  if (taken) throw new PanelError('domain_taken', 409, `${taken.name} already belongs to a site on this server`)
  const isNew = (name: string) => !held.some((one) => one.name === name)
  if (!taker.overlap) refuseOverlap(store, names.filter(isNew), taker)
}

interface Overlap {
  wanted: string
  name: string
}

/** A name in full wins over a wildcard: one user's site would take the visitors of another's. */
function refuseOverlap({ sqlite }: Store, names: readonly string[], { site, owner }: Taker): void {
  const query = `WITH wanted AS (SELECT value AS name, '*' || substr(value, instr(value, '.')) AS wildcard
    FROM json_each(?))
  SELECT wanted.name AS wanted, held.name FROM wanted, site_names AS held JOIN sites USING (domain)
  WHERE (held.name = wanted.wildcard OR wanted.name = '*' || substr(held.name, instr(held.name, '.')))
    AND sites.owner IS NOT ? AND held.domain IS NOT ?`
  const found = sqlite.prepare(query).get(JSON.stringify(names), owner, site) as Overlap | undefined
  if (!found) return
  const { wanted, name } = found
  const problem = isWildcard(wanted)
    ? `${wanted} would stand for ${name}, which belongs to another user’s site`
    : `${wanted} is below ${name}, which belongs to another user’s site`
  throw new PanelError('domain_taken', 409, `${problem}. Choose another name, or ask an administrator to set it`)
}

/** Writes the names of a site, in the place of those it had. */
export function writeNames({ sqlite }: Store, domain: string, names: readonly string[]): void {
  sqlite.prepare('DELETE FROM site_names WHERE domain = ?').run(domain)
  const insert = sqlite.prepare('INSERT INTO site_names (name, domain) VALUES (?, ?)')
  for (const name of names) insert.run(name, domain)
}
