import type { Environment, EnvironmentChanges } from '../../model/apps/environment.ts'
import type { App, AppChanges, AppRuntime } from '../../model/apps/schema.ts'
import type { Change } from '../../model/protocol/change.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Context } from '../http/context.ts'
import { changedApp } from '../sites/app-settings.ts'
import { applySite, planSite } from '../sites/change.ts'
import { getSite } from '../sites/read.ts'
import { refuseOversized } from '../sites/spec-room.ts'
import { getApp } from './read.ts'
import { appOf } from './spec.ts'

/** Shows what new settings would change on the machine. */
export const planAppUpdate = (ctx: Context, domain: string, changes: AppChanges): Promise<Change[]> =>
  planSite(ctx, changed(ctx, domain, changes), 'update')

/**
 * Changes an app's settings; one that runs takes most of them up at its next start. Throws `invalid_input`,
 * `not_an_app`, `static_failed`.
 */
export async function updateApp(ctx: Context, domain: string, changes: AppChanges): Promise<App> {
  const { static: before } = appOf(ctx, domain).app
  const spec = changed(ctx, domain, changes)
  if (changes.static) await ctx.agent.call('apps.static', { spec, before })
  await applySite(ctx, spec, 'update', getSite(ctx, domain).owner)
  return getApp(ctx, domain)
}

function changed(ctx: Context, domain: string, changes: AppChanges): SiteSpec {
  const before = appOf(ctx, domain)
  const spec = { ...before, app: changedApp(before.app, before.runtime as AppRuntime, changes) }
  refuseOversized(ctx, spec, getSite(ctx, domain).owner)
  return spec
}

/** An app's variables with their values. */
export const getEnvironment = (ctx: Context, domain: string): Environment => appOf(ctx, domain).app.env

/** Sets variables, and removes those whose value is null. */
export async function updateEnvironment(ctx: Context, domain: string, env: EnvironmentChanges): Promise<Environment> {
  await updateApp(ctx, domain, { env })
  return getEnvironment(ctx, domain)
}
