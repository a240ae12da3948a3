import { PanelError } from '../../model/errors.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Store } from './open.ts'
import { beginPending, findPending } from './pending-changes.ts'
import { refuseTakenNames, writeNames } from './site-names.ts'

/** Columns that name a site by its domain, by their tables. */
const columns = {
  sites: ['domain'],
  site_names: ['domain'],
  apps: ['domain'],
  site_usage: ['domain'],
  tokens: ['site'],
  certificates: ['subject', 'site'],
  certificate_attempts: ['subject'],
  alerts: ['site'],
  databases: ['site'],
  dumps: ['site'],
  jobs: ['site'],
} as const

/** Gives all that the store knows of a site another domain, within a transaction. The audit log stays as it is. */
export function renameRows({ sqlite }: Store, from: string, to: string): void {
  sqlite.pragma('defer_foreign_keys = ON')
  // Keys of alerts end with the domain: `certificate:example.com`.
  sqlite
    .prepare(
      "UPDATE alerts SET key = substr(key, 1, instr(key, ':')) || @to WHERE site = @from AND key LIKE '%:' || @from",
    )
    .run({ from, to })
  for (const [table, names] of Object.entries(columns))
    for (const name of names) sqlite.prepare(`UPDATE ${table} SET ${name} = ? WHERE ${name} = ?`).run(to, from)
}

/** A site, as it is to be under another domain. */
interface Renaming {
  from: string
  spec: SiteSpec
  /** All names that it has, before and after: nobody takes them meanwhile. */
  names: readonly string[]
  owner: string | null
  /** Whether names may be below another user's wildcard. */
  overlap: boolean
}

/**
 * Notes that a site gets another domain, under which the store knows it from now on. Throws `domain_taken`, and
 * `site_busy` while a change or a job of it is under way.
 */
export function beginRename(store: Store, { from, spec, names, owner, overlap }: Renaming, now: string): void {
  const { sqlite } = store
  sqlite
    .transaction(() => {
      refuseBusySite(store, from)
      refuseTakenNames(store, names, { site: from, owner, overlap })
      const row = sqlite.prepare('SELECT spec FROM sites WHERE domain = ?').get(from) as { spec: string }
      const previous = { spec: JSON.parse(row.spec) as SiteSpec, owner }
      if (!beginPending(store, { kind: 'site', name: spec.domain, change: 'rename', previous })) throw busy(spec.domain)
      renameRows(store, from, spec.domain)
      const query = 'UPDATE sites SET spec = ?, updated_at = ? WHERE domain = ?'
      sqlite.prepare(query).run(JSON.stringify(spec), now, spec.domain)
      writeNames(store, spec.domain, names)
    })
    .immediate()
}

/** Throws `site_busy` while a change or a job of a site is under way. */
export function refuseBusySite(store: Store, domain: string): void {
  const query = "SELECT name FROM jobs WHERE site = ? AND state = 'running'"
  const job = store.sqlite.prepare(query).get(domain) as { name: string } | undefined
  if (job)
    throw new PanelError(
      'site_busy',
      409,
      `A job of ${domain} runs (${job.name}). Wait for its end, or cancel it on the Jobs page, and try again`,
    )
  if (findPending(store, 'site', domain)) throw busy(domain)
}

const busy = (domain: string): PanelError =>
  new PanelError('site_busy', 409, `${domain} is being changed right now; try again when that is done`)
