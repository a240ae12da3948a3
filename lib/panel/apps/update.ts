import type { Environment, EnvironmentChanges } from '../../model/apps/environment.ts'
import type { App, AppChanges, AppRuntime } from '../../model/apps/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { Change } from '../../model/protocol/change.ts'
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
  const before = appOf(ctx, domain)
  const spec = changed(ctx, domain, changes)
  // Anew: other settings may have changed while folders were opened.
  const apply = () => applySite(ctx, changed(ctx, domain, changes), 'update', getSite(ctx, domain).owner)
  await (changes.static ? withStatic(ctx, before, spec, apply) : apply())
  return getApp(ctx, domain)
}

type AppSite = ReturnType<typeof appOf>

/** Opens the new folders of static files before nginx sends from them, and closes others once it does no more. */
async function withStatic(ctx: Context, before: AppSite, spec: AppSite, apply: () => Promise<unknown>): Promise<void> {
  const close = (now: AppSite, then: AppSite) =>
    ctx.agent
      .call('apps.static', { spec: now, before: then.app.static, switched: true })
      // nginx sends nothing of it, and the next start of the app closes it.
      .catch((error: unknown) => console.error(`Folders of ${spec.domain} stay open to nginx:`, error))
  try {
    await ctx.agent.call('apps.static', { spec, before: before.app.static, switched: false })
    await apply()
  } catch (error) {
    // An unknown outcome may be either: both stay open.
    if (!(error instanceof PanelError && error.code === 'outcome_unknown')) await close(before, spec)
    throw error
  }
  await close(spec, before)
}

function changed(ctx: Context, domain: string, changes: AppChanges): AppSite {
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
