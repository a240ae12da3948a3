import { PanelError } from '../../model/errors.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Context } from '../http/context.ts'
import { applySite } from '../sites/change.ts'
import { getSpec } from '../sites/read.ts'
import { listAlerts, raiseAlert, resolveAlert } from '../store/alerts.ts'
import { ownerOf } from '../store/sites.ts'

const KEY = 'scripts:'

/** So many scripts that had to be ended within this time (ms) cost a site the right to scripts. */
const MOST = 3
const WITHIN_MS = 3_600_000

/** Counts a script of a site that had to be ended, raises an alert, and takes the right to scripts away in the end. */
export async function noteOffence(ctx: Context, domain: string, now: number): Promise<void> {
  const key = KEY + domain
  const before = (await ctx.kv.get<number[]>(key, now)) ?? []
  const times = [...before.filter((time) => time > now - WITHIN_MS), now]
  await ctx.kv.set(key, times, now + WITHIN_MS)
  const taken = times.length >= MOST && (await takeRight(ctx, domain))
  const held =
    `${domain} blocked Redis for all sites with a script that had to be ended (${times.length} within an hour). ` +
    'Find the code that calls EVAL with a script that does not end.'
  raiseAlert(ctx.db, {
    key,
    site: domain,
    severity: taken ? 'critical' : 'warning',
    since: new Date(now).toISOString(),
    message: taken
      ? `${held} Until then it may run no scripts; all else in Redis works. An administrator gives the right back: ` +
        `hosting-panel sites cache scripts ${domain}`
      : `${held} After ${MOST} within an hour it may run no more scripts`,
  })
}

/** A change that is under way may be in its way: the next offence tries again. */
async function takeRight(ctx: Context, domain: string): Promise<boolean> {
  try {
    const spec = getSpec(ctx, domain)
    await applySite(ctx, { ...spec, cache: { ...spec.cache, scripts: false } }, 'update', ownerOf(ctx.db, domain))
    return true
  } catch (error) {
    if (!(error instanceof PanelError)) throw error
    console.error(`${domain} keeps its right to scripts for now: ${error.message}`)
    return false
  }
}

/** Forgets a site's scripts that were ended: it starts anew with its right to scripts. */
export const forgiveOffences = (ctx: Context, domain: string): Promise<void> => ctx.kv.remove(KEY + domain)

/** Ends the alerts of sites that had an hour without one, or that have their right again. */
export async function settleOffences(ctx: Context, specs: readonly SiteSpec[], now: number): Promise<void> {
  for (const { key } of listAlerts(ctx.db)) {
    if (!key.startsWith(KEY)) continue
    const spec = specs.find(({ domain }) => key === KEY + domain)
    const stays = spec && (!spec.cache.scripts || (await ctx.kv.get(key, now)) !== null)
    if (!stays) resolveAlert(ctx.db, key)
  }
}
