import type { Change } from '../../model/protocol/change.ts'
import type { DesiredSite } from '../../model/protocol/desired.ts'
import { isServed, type Site, type SiteSpec } from '../../model/sites/schema.ts'
import { namesOf } from '../../model/sites/names.ts'
import { endCommands } from '../commands/run.ts'
import type { Context } from '../http/context.ts'
import { askSurely, completeChange } from '../pending-changes/outcome.ts'
import type { Maker } from '../pending-changes/resume.ts'
import { readServerSpec } from '../settings/settings.ts'
import { findApp } from '../store/apps.ts'
import { beginChange, endedApp, revertChange, settleChange } from '../store/sites.ts'
import { refuseTakenNames, type Claim } from './name-rules.ts'
import { getSite, getSpec } from './read.ts'
import { changeOne } from './whole.ts'

/** Plans a change of a site. Touches neither the machine nor the store. */
export async function planSite(
  ctx: Context,
  spec: SiteSpec,
  change: 'create' | 'update',
  claim: Claim = getSite(ctx, spec.domain),
): Promise<Change[]> {
  refuseTakenNames(ctx, spec, change, claim)
  const { changes } = await ctx.agent.call('sites.plan', {
    desired: { ensure: 'present', spec },
    server: await readServerSpec(ctx),
  })
  return changes
}

/**
 * Writes the spec into the store, makes the machine so, and answers the site; or leaves everything as it was. Throws
 * `outcome_unknown` unless `untilKnown`.
 */
export async function applySite(
  ctx: Context,
  spec: SiteSpec,
  change: 'create' | 'update',
  owner: string | null,
  untilKnown = false,
  overlap = false,
): Promise<Site> {
  beginChange(ctx.db, spec, namesOf(spec), change, owner, new Date().toISOString(), overlap)
  await finish(ctx, { ensure: 'present', spec }, untilKnown)
  return getSite(ctx, spec.domain)
}

/**
 * Brings a change that the store has begun to its end: settled when the machine is so, reverted when the
 * agent refused. A panel that dies in between finds it at its next start (pendingSite).
 */
export function finish(ctx: Context, desired: DesiredSite, untilKnown = false): Promise<Change[]> {
  const domain = desired.ensure === 'present' ? desired.spec.domain : desired.domain
  return completeChange(
    ctx,
    domain,
    {
      make: async () => {
        await endApp(ctx, desired, domain)
        const input = { desired, server: await readServerSpec(ctx) }
        const look = async () => ((await ctx.agent.call('sites.plan', input)).changes.length === 0 ? [] : null)
        return changeOne(ctx, () => askSurely(async () => (await ctx.agent.call('sites.apply', input)).changes, look))
      },
      settle: () => settleChange(ctx.db, domain, namesOf),
      revert: () => revertChange(ctx.db, domain, namesOf),
    },
    untilKnown,
  )
}

/**
 * An app is ended before its site or its runtime goes: PM2 would start it again. One that stays after all is started
 * again within a minute.
 */
async function endApp(ctx: Context, desired: DesiredSite, domain: string): Promise<void> {
  if (desired.ensure === 'present' && desired.from) return endFormer(ctx, desired.from, domain)
  const staying = desired.ensure === 'present' && isServed(desired.spec)
  if (!staying) await endCommands(ctx, domain)
  const ended = endedApp(ctx.db, domain) ?? (staying ? null : findApp(ctx.db, domain))
  if (ended && ['running', 'errored'].includes(ended.status)) await ctx.supervisor.call('stop', { domain })
}

/** Ends the app of a site that gets another domain, which the supervisor knows by the former one. */
async function endFormer(ctx: Context, from: string, domain: string): Promise<void> {
  const app = findApp(ctx.db, domain)
  if (app && ['running', 'errored'].includes(app.status)) await ctx.supervisor.call('stop', { domain: from })
}

/** Ends a change of a site that a restart had cut off. */
export const pendingSite: Maker = {
  finish: (ctx, { name, change, previous }) => {
    const from = change === 'rename' && { from: (previous as { spec: SiteSpec }).spec.domain }
    const desired: DesiredSite =
      change === 'trash' || change === 'purge'
        ? { ensure: 'absent', domain: name, files: change }
        : { ensure: 'present', spec: getSpec(ctx, name), ...from }
    return finish(ctx, desired, true)
  },
}
