import { PanelError } from '../../model/errors.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Context } from '../http/context.ts'
import { applySite } from '../sites/change.ts'
import { listAlerts, raiseAlert, resolveAlert } from '../store/alerts.ts'
import { ownerOf } from '../store/sites.ts'

const KEY = 'scripts:'

/** So many scripts that had to be ended within this time (ms) cost a site the right to scripts. */
const MOST = 3
const WITHIN_MS = 3_600_000

/** Counts a script of a site that had to be ended, raises an alert, and takes the right to scripts away in the end. */
export async function noteOffence(ctx: Context, spec: SiteSpec, now: number): Promise<void> {
  const key = KEY + spec.domain
  const before = (await ctx.kv.get<number[]>(key, now)) ?? []
  const times = [...before.filter((time) => time > now - WITHIN_MS), now]
  await ctx.kv.set(key, times, now + WITHIN_MS)
  const taken = times.length >= MOST && (await takeRight(ctx, spec))
  const held = `${spec.domain} held Redis up for all sites with ${times.length === 1 ? 'a script' : 'scripts'}`
  raiseAlert(ctx.db, {
    key,
    site: spec.domain,
    severity: taken ? 'critical' : 'warning',
    since: new Date(now).toISOString(),
    message: taken
      ? `${held} ${times.length} times within an hour, so it may run no more scripts there; all else in Redis works. ` +
        'Find the code that calls EVAL with a script that does not end. Then an administrator gives the right back: ' +
        `hosting-panel sites cache set ${spec.domain} --redis --scripts`
      : `${held}, which was ended. Find the code that calls EVAL with a script that does not end: after ${MOST} within ` +
        'an hour it may run no more scripts there',
  })
}

/** A change that is under way may be in its way: the next offence tries again. */
async function takeRight(ctx: Context, spec: SiteSpec): Promise<boolean> {
  const without = { ...spec, cache: { ...spec.cache, scripts: false } }
  return applySite(ctx, without, 'update', ownerOf(ctx.db, spec.domain)).then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof PanelError)) throw error
      console.error(`${spec.domain} keeps its right to scripts for now: ${error.message}`)
      return false
    },
  )
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
