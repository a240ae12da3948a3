import type { SiteDirectives } from '../../model/directives/schema.ts'
import type { Change } from '../../model/protocol/change.ts'
import { siteNames } from '../../model/sites/names.ts'
import type { Context } from '../http/context.ts'
import { applySite, planSite } from '../sites/change.ts'
import { getSite, getSpec } from '../sites/read.ts'
import { refuseOversized } from '../sites/spec-room.ts'
import { resolveAlert, syncAlerts, type AlertRow } from '../store/alerts.ts'

const KEY = 'directives:'

/** Shows a site's own directives for nginx, and the files of others beside them. */
export async function getDirectives(ctx: Context, domain: string): Promise<SiteDirectives> {
  const { directives: text } = getSpec(ctx, domain)
  return { text, file: siteNames(domain).directives, ...(await ctx.agent.call('directives.read', { domain })) }
}

/** Shows what other directives would change on the machine. */
export async function planDirectives(ctx: Context, domain: string, directives: string): Promise<Change[]> {
  const spec = { ...getSpec(ctx, domain), directives }
  refuseOversized(ctx, spec, getSite(ctx, domain).owner)
  return planSite(ctx, spec, 'update')
}

/** Sets a site's own directives; nothing has changed when nginx refuses them. Throws `directives_refused`. */
export async function setDirectives(ctx: Context, domain: string, directives: string): Promise<SiteDirectives> {
  const spec = { ...getSpec(ctx, domain), directives }
  const { owner } = getSite(ctx, domain)
  refuseOversized(ctx, spec, owner)
  await applySite(ctx, spec, 'update', owner)
  resolveAlert(ctx.db, KEY + domain)
  return getDirectives(ctx, domain)
}

/** Has the agent look at directives that changed on the server; raises an alert for each site whose are refused. */
export async function watchDirectives(ctx: Context, now: Date): Promise<void> {
  const { refused } = await ctx.agent.call('directives.check', {})
  const found = refused.map(({ domain, problem }): AlertRow => ({
    key: KEY + domain,
    site: domain,
    severity: 'warning',
    since: now.toISOString(),
    message:
      `nginx refuses ${domain}'s own directives, so the last accepted ones stay live. Correct what it names: ` +
      problem.replaceAll(/\s+/g, ' '),
  }))
  syncAlerts(ctx.db, KEY, found)
}
