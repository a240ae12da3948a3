import type { Context } from '../http/context.ts'
import { listDatabases, type DatabaseRow } from '../store/databases.ts'
import { listSites, sitesOf } from '../store/sites.ts'
import { databaseUsage, listUsage, noteDatabaseUsage, noteUsage, type Amount } from '../store/usage.ts'
import { greatestShare, limitOf, type Disk } from './limits.ts'

const NEXT = 'storage:next'

/** Measuring takes at most this share of the time; the least and the most time from one to the next (ms). */
const SHARE = 1 / 20
const LEAST_MS = 50_000
const MOST_MS = 6 * 3_600_000

/** So many sites are measured by one call. */
const TOGETHER = 50

/** A site that uses this share of its limit is measured each time. */
const NEAR = 0.8

/** Measures everything when that is due, else the sites that are near their limit. Notes what they use. */
export async function measureDue(ctx: Context, disk: Disk, now: number): Promise<void> {
  const wait = ((await ctx.kv.get<number>(NEXT, now)) ?? 0) - now
  if (wait > 0 && wait <= MOST_MS) return measure(ctx, nearLimit(ctx, disk))
  const began = performance.now()
  await measureSites(
    ctx,
    listSites(ctx.db).map(({ spec }) => spec.domain),
  )
  await measureDatabases(ctx, listDatabases(ctx.db))
  const took = performance.now() - began
  await ctx.kv.set(NEXT, now + Math.min(MOST_MS, Math.max(LEAST_MS, took / SHARE)), null)
}

/** Measures all that somebody has. */
export async function measureUser(ctx: Context, username: string): Promise<void> {
  await measureSites(ctx, sitesOf(ctx.db, username))
  await measureDatabases(
    ctx,
    listDatabases(ctx.db).filter(({ owner }) => owner === username),
  )
}

/** Measures these sites and their databases, and the databases that are full. Notes what they use. */
export async function measure(ctx: Context, domains: readonly string[]): Promise<void> {
  await measureSites(ctx, domains)
  const known = databaseUsage(ctx.db)
  await measureDatabases(
    ctx,
    listDatabases(ctx.db).filter(
      ({ site, spec }) => spec.full || !known.has(spec.name) || (site !== null && domains.includes(site)),
    ),
  )
}

async function measureSites(ctx: Context, domains: readonly string[]): Promise<void> {
  for (let first = 0; first < domains.length; first += TOGETHER) {
    const some = domains.slice(first, first + TOGETHER)
    const { sites } = await ctx.agent.call('sites.usage', { domains: some })
    noteUsage(ctx.db, new Map(some.map((domain, index) => [domain, sites[index]!])), new Date().toISOString())
  }
}

async function measureDatabases(ctx: Context, rows: readonly DatabaseRow[]): Promise<void> {
  const names = rows.map(({ spec }) => spec.name)
  if (names.length === 0) return
  const { usage } = await ctx.agent.call('databases.usage', { names })
  noteDatabaseUsage(ctx.db, new Map(names.map((name, index) => [name, usage[index]!.bytes])))
}

/** Sites that use most of their limit, are held by it, or were never measured. */
function nearLimit(ctx: Context, disk: Disk): string[] {
  const known = new Map(listUsage(ctx.db).map((row): [string, Amount] => [row.domain, row]))
  return listSites(ctx.db).flatMap(({ spec }) => {
    const used = known.get(spec.domain)
    return !used || spec.storage !== 'ok' || greatestShare(used, limitOf(spec, disk)) >= NEAR ? [spec.domain] : []
  })
}
