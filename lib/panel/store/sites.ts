import { PanelError } from '../../model/errors.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { putApp, takeApp, type AppRecord } from './apps.ts'
import type { Store } from './open.ts'
import { refuseTakenNames, writeNames } from './site-names.ts'
import { renameRows } from './rename-site.ts'
import { beginPending, endPending, findPending } from './pending-changes.ts'

/** Changes of a site. */
export type SiteChange = 'create' | 'update' | 'rename' | 'trash' | 'purge'

export interface SiteRow {
  spec: SiteSpec
  /** The change that is under way; null when the machine is as desired. */
  pending: SiteChange | null
  /** The user it belongs to; null: the administrators'. */
  owner: string | null
  createdAt: string
  updatedAt: string
}

interface Raw {
  spec: string
  owner: string | null
  pending: SiteChange | null
  created_at: string
  updated_at: string
}

type NamesOf = (spec: SiteSpec) => readonly string[]

/** State of a site before a change. `app`: what its app was doing, before a change of the runtime. */
interface Previous extends Pick<SiteRow, 'spec' | 'owner'> {
  app?: AppRecord | null
}

const select = `SELECT spec, owner, change AS pending, created_at, updated_at
  FROM sites LEFT JOIN pending_changes ON kind = 'site' AND name = domain`

const toRow = ({ spec, pending, owner, created_at, updated_at }: Raw): SiteRow => ({
  spec: JSON.parse(spec) as SiteSpec,
  pending,
  owner,
  createdAt: created_at,
  updatedAt: updated_at,
})

export function listSites({ sqlite }: Store): SiteRow[] {
  return (sqlite.prepare(`${select} ORDER BY domain`).all() as Raw[]).map(toRow)
}

export function findSite({ sqlite }: Store, domain: string): SiteRow | null {
  const raw = sqlite.prepare(`${select} WHERE domain = ?`).get(domain) as Raw | undefined
  return raw ? toRow(raw) : null
}

/** Every site's domain, without reading the sites. */
export const allDomains = ({ sqlite }: Store): string[] =>
  (sqlite.prepare('SELECT domain FROM sites ORDER BY domain').all() as { domain: string }[]).map(({ domain }) => domain)

/** The domains of a runtime's sites, without reading them. */
export const domainsOf = ({ sqlite }: Store, runtime: SiteSpec['runtime']): string[] =>
  (
    sqlite.prepare("SELECT domain FROM sites WHERE spec ->> '$.runtime' = ? ORDER BY domain").all(runtime) as {
      domain: string
    }[]
  ).map(({ domain }) => domain)

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

/** The lists of trusted proxies of the sites that have one. */
export function trustedProxyLists({ sqlite }: Store): SiteSpec['trustedProxies'][] {
  const query = "SELECT spec -> '$.trustedProxies' FROM sites WHERE spec -> '$.trustedProxies' <> '[]'"
  return (sqlite.prepare(query).pluck().all() as string[]).map((list) => JSON.parse(list) as SiteSpec['trustedProxies'])
}

/** Bytes of the specs of the other sites: of an owner's, and of all. */
export function specBytes({ sqlite }: Store, domain: string, owner: string | null): { owned: number; all: number } {
  const sum = 'coalesce(sum(octet_length(spec))'
  const columns = `${sum} FILTER (WHERE owner IS @owner), 0) AS owned, ${sum}, 0) AS "all"`
  const query = `SELECT ${columns} FROM sites WHERE domain <> @domain`
  return sqlite.prepare(query).get({ domain, owner }) as { owned: number; all: number }
}

/**
 * Writes a spec, under all its names, and remembers what was before. Throws `domain_taken` when a name
 * belongs to another site (or the domain exists, for `create`), `site_busy` while a change is under way.
 * `overlap`: names may be below another user's wildcard.
 */
export function beginChange(
  store: Store,
  spec: SiteSpec,
  names: readonly string[],
  change: 'create' | 'update',
  owner: string | null,
  now: string,
  overlap = false,
): void {
  const { sqlite } = store
  sqlite
    .transaction(() => {
      refuseTakenNames(store, names, { site: change === 'create' ? null : spec.domain, owner, overlap })
      claim(store, spec.domain, change, spec)
      if (change === 'create') {
        if (owner) refuseOneTooMany(store, owner, spec)
        sqlite
          .prepare('INSERT INTO sites (domain, spec, owner, created_at, updated_at) VALUES (?, ?, ?, ?, ?)')
          .run(spec.domain, JSON.stringify(spec), owner, now, now)
      } else {
        if (owner) refuseOneTooMany(store, owner, spec, findSite(store, spec.domain)!.spec)
        sqlite
          .prepare('UPDATE sites SET spec = ?, owner = ?, updated_at = ? WHERE domain = ?')
          .run(JSON.stringify(spec), owner, now, spec.domain)
      }
      writeNames(store, spec.domain, names)
    })
    .immediate()
}

/**
 * In the same transaction as the change: of two calls at once only one gets the last place. `before`: the site as it
 * was. Throws `limit_reached`.
 */
export function refuseOneTooMany({ sqlite }: Store, owner: string, spec: SiteSpec, before?: SiteSpec): void {
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
  if (!before) refuse('sites', 'true')
  if (spec.app && !before?.app) refuse('apps', "spec ->> '$.app.port' IS NOT NULL")
}

/** Notes that a site is being removed. Throws `site_busy` while a change is under way. */
export function beginRemoval(store: Store, domain: string, change: 'trash' | 'purge'): void {
  store.sqlite.transaction(() => claim(store, domain, change)).immediate()
}

function claim(store: Store, domain: string, change: SiteChange, next?: SiteSpec): void {
  const row = findSite(store, domain)
  const leaves = row && next && next.runtime !== row.spec.runtime
  const previous: Previous | null = row && {
    spec: row.spec,
    owner: row.owner,
    ...(leaves && { app: takeApp(store, domain) }),
  }
  if ((change !== 'create' && !row) || !beginPending(store, { kind: 'site', name: domain, change, previous }))
    throw new PanelError('site_busy', 409, `${domain} is being changed right now; try again when that is done`)
}

/**
 * The machine is as desired: the change is over, the row of a removed site deleted. A site with another domain gives up
 * the names it had, but for those `namesOf` gives it.
 */
export function settleChange(store: Store, domain: string, namesOf: NamesOf): void {
  store.sqlite
    .transaction(() => {
      const { change } = findPending(store, 'site', domain) ?? {}
      if (change === 'trash' || change === 'purge') deleteSiteRow(store, domain)
      if (change === 'rename') writeNames(store, domain, namesOf(findSite(store, domain)!.spec))
      endPending(store, 'site', domain)
    })
    .immediate()
}

/** The machine refused: the spec of before counts again, under the names `namesOf` gives it. */
export function revertChange(store: Store, domain: string, namesOf: NamesOf): void {
  store.sqlite
    .transaction(() => {
      const pending = findPending(store, 'site', domain)
      if (!pending) return
      const previous = pending.previous as Previous | null
      if (pending.change === 'rename') renameRows(store, domain, previous!.spec.domain)
      if (previous) restore(store, previous, namesOf(previous.spec))
      else deleteSiteRow(store, domain)
      endPending(store, 'site', domain)
    })
    .immediate()
}

function restore(store: Store, { spec, owner, app }: Previous, names: readonly string[]): void {
  const query = 'UPDATE sites SET spec = ?, owner = ? WHERE domain = ?'
  store.sqlite.prepare(query).run(JSON.stringify(spec), owner, spec.domain)
  writeNames(store, spec.domain, names)
  if (app) putApp(store, app)
}

/** Finds what an app was doing that a pending change of the runtime ends; null: there was none. */
export const endedApp = (store: Store, domain: string): AppRecord | null =>
  (findPending(store, 'site', domain)?.previous as Previous | null | undefined)?.app ?? null

function deleteSiteRow({ sqlite }: Store, domain: string): void {
  sqlite.prepare('DELETE FROM sites WHERE domain = ?').run(domain)
}
