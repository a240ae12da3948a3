import { PanelError } from '../../model/errors.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Store } from './open.ts'

/** Change that is under way for a site; null when the machine is as desired. */
export type Intent = 'create' | 'update' | 'trash' | 'purge'

export interface SiteRow {
  spec: SiteSpec
  intent: Intent | null
  /** The user it belongs to; null: the administrators'. */
  owner: string | null
  createdAt: string
  updatedAt: string
}

interface Raw {
  spec: string
  owner: string | null
  previous: string | null
  intent: Intent | null
  created_at: string
  updated_at: string
}

const toRow = ({ spec, intent, owner, created_at, updated_at }: Raw): SiteRow => ({
  spec: JSON.parse(spec) as SiteSpec,
  intent,
  owner,
  createdAt: created_at,
  updatedAt: updated_at,
})

export function listSites({ sqlite }: Store): SiteRow[] {
  return (sqlite.prepare('SELECT * FROM sites ORDER BY domain').all() as Raw[]).map(toRow)
}

export function findSite({ sqlite }: Store, domain: string): SiteRow | null {
  const raw = sqlite.prepare('SELECT * FROM sites WHERE domain = ?').get(domain) as Raw | undefined
  return raw ? toRow(raw) : null
}

/** Finds the owner of a site; null: the administrators, or there is no such site. */
export function ownerOf({ sqlite }: Store, domain: string): string | null {
  return (
    (sqlite.prepare('SELECT owner FROM sites WHERE domain = ?').get(domain) as { owner: string | null } | undefined)
      ?.owner ?? null
  )
}

/** The domains of a user's sites. */
export function sitesOf({ sqlite }: Store, owner: string): string[] {
  return (
    sqlite.prepare('SELECT domain FROM sites WHERE owner = ? ORDER BY domain').all(owner) as { domain: string }[]
  ).map(({ domain }) => domain)
}

/** Sites whose change was begun and not ended. */
export function pendingSites({ sqlite }: Store): SiteRow[] {
  return (sqlite.prepare('SELECT * FROM sites WHERE intent IS NOT NULL ORDER BY domain').all() as Raw[]).map(toRow)
}

/** Which of these names belong to a site, and to which. */
export function nameOwners({ sqlite }: Store, names: readonly string[]): { name: string; domain: string }[] {
  const query = 'SELECT name, domain FROM site_names WHERE name IN (SELECT value FROM json_each(?))'
  return sqlite.prepare(query).all(JSON.stringify(names)) as { name: string; domain: string }[]
}

/**
 * Writes a spec, under all its names, and remembers what was before. Throws `domain_taken` when a name
 * belongs to another site (or the domain exists, for `create`), `site_busy` while a change is under way.
 */
export function beginChange(
  store: Store,
  spec: SiteSpec,
  names: readonly string[],
  intent: 'create' | 'update',
  owner: string | null,
  now: string,
): void {
  const { sqlite } = store
  sqlite
    .transaction(() => {
      const taken = nameOwners(store, names).find(({ domain }) => intent === 'create' || domain !== spec.domain)
      if (taken) throw new PanelError('domain_taken', 409, `${taken.name} already belongs to a site on this server`)
      if (intent === 'create') {
        if (owner) refuseOneTooMany(store, owner, spec)
        sqlite
          .prepare('INSERT INTO sites (domain, spec, intent, owner, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)')
          .run(spec.domain, JSON.stringify(spec), intent, owner, now, now)
      } else {
        claim(store, spec.domain, intent)
        sqlite
          .prepare('UPDATE sites SET spec = ?, owner = ?, updated_at = ? WHERE domain = ?')
          .run(JSON.stringify(spec), owner, now, spec.domain)
      }
      writeNames(store, spec.domain, names)
    })
    .immediate()
}

/**
 * In the same transaction as the new row: of two calls at once only one gets the last place. Throws `limit_reached`.
 */
export function refuseOneTooMany({ sqlite }: Store, owner: string, spec: SiteSpec): void {
  const refuse = (what: 'sites' | 'apps', counted: string) => {
    const query =
      `SELECT limits ->> '$.${what}' AS most, (SELECT count(*) FROM sites WHERE owner = username AND ${counted}) ` +
      'AS now FROM users WHERE username = ?'
    const { most, now } = sqlite.prepare(query).get(owner) as { most: number | null; now: number }
    if (most !== null && now >= most)
      throw new PanelError(
        'limit_reached',
        403,
        `${owner} may have ${most} ${most === 1 ? what.slice(0, -1) : what}. Ask the administrator for more, ` +
          'or delete one first',
      )
  }
  refuse('sites', 'true')
  if (spec.app) refuse('apps', "spec ->> '$.app.port' IS NOT NULL")
}

/** Notes that a site is being removed. Throws `site_busy` while a change is under way. */
export function beginRemoval(store: Store, domain: string, intent: 'trash' | 'purge'): void {
  store.sqlite.transaction(() => claim(store, domain, intent)).immediate()
}

function claim({ sqlite }: Store, domain: string, intent: Intent): void {
  const claimed = sqlite
    .prepare('UPDATE sites SET previous = spec, previous_owner = owner, intent = ? WHERE domain = ? AND intent IS NULL')
    .run(intent, domain)
  if (claimed.changes === 0)
    throw new PanelError('site_busy', 409, `${domain} is being changed right now; try again when that is done`)
}

function writeNames({ sqlite }: Store, domain: string, names: readonly string[]): void {
  sqlite.prepare('DELETE FROM site_names WHERE domain = ?').run(domain)
  const insert = sqlite.prepare('INSERT INTO site_names (name, domain) VALUES (?, ?)')
  for (const name of names) insert.run(name, domain)
}

/** The machine is as desired: the change is over, a removed site forgotten. */
export function settleChange({ sqlite }: Store, domain: string): void {
  sqlite
    .transaction(() => {
      sqlite.prepare("DELETE FROM sites WHERE domain = ? AND intent IN ('trash', 'purge')").run(domain)
      sqlite
        .prepare('UPDATE sites SET previous = NULL, previous_owner = NULL, intent = NULL WHERE domain = ?')
        .run(domain)
    })
    .immediate()
}

/** The machine refused: the spec of before counts again, under the names `namesOf` gives it. */
export function revertChange(store: Store, domain: string, namesOf: (spec: SiteSpec) => readonly string[]): void {
  const { sqlite } = store
  sqlite
    .transaction(() => {
      const raw = sqlite.prepare('SELECT * FROM sites WHERE domain = ? AND intent IS NOT NULL').get(domain) as
        Raw | undefined
      if (!raw) return
      if (raw.previous === null) return sqlite.prepare('DELETE FROM sites WHERE domain = ?').run(domain)
      sqlite
        .prepare(
          'UPDATE sites SET spec = previous, owner = previous_owner, previous = NULL, previous_owner = NULL, ' +
            'intent = NULL WHERE domain = ?',
        )
        .run(domain)
      writeNames(store, domain, namesOf(JSON.parse(raw.previous) as SiteSpec))
    })
    .immediate()
}
