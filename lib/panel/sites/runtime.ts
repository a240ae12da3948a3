import { isDeepStrictEqual } from 'node:util'
import * as v from 'valibot'
import { isApp, newApp } from '../../model/apps/schema.ts'
import { invalidInput, type PanelError } from '../../model/errors.ts'
import type { Change } from '../../model/protocol/change.ts'
import { phpSettings, type SiteChanges, type SiteSpec } from '../../model/sites/schema.ts'
import { webDefaults } from '../../model/sites/web-settings.ts'
import type { Context } from '../http/context.ts'
import { choosePort } from './app-port.ts'
import { changedApp } from './app-settings.ts'
import { unusedSettings } from './setting-rules.ts'
import { newestPhp } from './spec.ts'

type Runtime = SiteSpec['runtime']
type Wanted = Pick<SiteChanges, 'runtime' | 'phpVersion' | 'app'>

/**
 * A site with another runtime: what that has no use for goes back to its default, all else stays. Throws
 * `invalid_input`, `php_version_missing`, `no_free_port`.
 */
export async function withRuntime(ctx: Context, current: SiteSpec, wanted: Wanted): Promise<SiteSpec> {
  const { runtime = current.runtime, app } = wanted
  if (app && (runtime === current.runtime || !isApp(runtime))) throw noApp(runtime, current)
  if (runtime === current.runtime) return current
  return {
    ...current,
    ...Object.fromEntries(unusedSettings(runtime).map((field) => [field, webDefaults[field]])),
    runtime,
    phpVersion: runtime === 'php' ? (wanted.phpVersion ?? (await newestPhp(ctx))) : null,
    phpSettings: v.parse(phpSettings, {}),
    proxyTo: null,
    proxyHere: false,
    proxySettings: webDefaults.proxySettings,
    app: isApp(runtime) ? changedApp(newApp(runtime, choosePort(ctx)), runtime, app ?? {}) : null,
    cache: { ...current.cache, page: runtime === 'static' ? null : current.cache.page },
  }
}

function noApp(runtime: Runtime, { domain, app }: SiteSpec): PanelError {
  const message = app
    ? `Change the app at /api/sites/${domain}/app; here its settings come with another runtime alone`
    : `A ${runtime} site has no app`
  return invalidInput('app', message)
}

/** The settings that a change of the runtime took back. None without such a change. */
export function resetSettings(before: SiteSpec, after: SiteSpec): string[] {
  if (before.runtime === after.runtime) return []
  const base = { app: null, phpVersion: null, proxyTo: null, phpSettings: v.parse(phpSettings, {}), ...webDefaults }
  const lost = (field: keyof typeof base) =>
    !isDeepStrictEqual(before[field], base[field]) && (field === 'app' || isDeepStrictEqual(after[field], base[field]))
  const fields = (Object.keys(base) as (keyof typeof base)[]).filter(lost)
  return [...fields, ...(before.cache.page && !after.cache.page ? ['cache.page'] : [])]
}

/** The same as a plan shows them. */
export const toResets = (before: SiteSpec, after: SiteSpec): Change[] =>
  resetSettings(before, after).map((name) => ({
    action: 'update',
    kind: 'setting',
    name,
    summary: 'back to its default with the new runtime',
  }))
