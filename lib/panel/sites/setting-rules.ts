import { invalidInput } from '../../model/errors.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { isWithin } from '../../model/sites/site-path.ts'
import { webDefaults, type WebSettings } from '../../model/sites/web-settings.ts'
import type { Context } from '../http/context.ts'

type Field = keyof WebSettings

/** Settings that only some runtimes have a use for. */
const runtimes: Partial<Record<Field, readonly SiteSpec['runtime'][]>> = {
  documentRoot: ['static', 'php'],
  errorPages: ['static', 'php'],
  fallback: ['static'],
  cleanUrls: ['static'],
  frontControllers: ['php'],
}

/** Settings that a runtime has no use for. */
export const unusedSettings = (runtime: SiteSpec['runtime']): Field[] =>
  (Object.keys(runtimes) as Field[]).filter((field) => !runtimes[field]!.includes(runtime))

/** Refuses settings that do nothing for the site's runtime, or contradict each other. Throws `invalid_input`. */
export function refuseSettings(spec: SiteSpec): void {
  for (const field of unusedSettings(spec.runtime)) {
    const isSet = JSON.stringify(spec[field]) !== JSON.stringify(webDefaults[field])
    const served = runtimes[field]!.join(' and ')
    if (isSet) throw invalidInput(field, `${field} is for ${served} sites only. Leave it out`)
  }
  const denied = (path: string) => spec.deniedPaths.some((one) => isWithin(path, one))
  if (spec.errorPages.some(({ path }) => denied(path)))
    throw invalidInput(
      'errorPages',
      'An error page is below one of deniedPaths. Choose another page or remove that path',
    )
  if (spec.fallback !== null && denied(spec.fallback))
    throw invalidInput('fallback', 'This page is below one of deniedPaths. Choose another page or remove that path')
}

/** Refuses a folder that nginx could not serve. Throws `invalid_input`. */
export async function refuseDocumentRoot(ctx: Context, { domain, documentRoot, app }: SiteSpec): Promise<void> {
  if (app || documentRoot === webDefaults.documentRoot) return
  const { problem } = await ctx.agent.call('sites.checkRoot', { domain, documentRoot })
  if (problem) throw invalidInput('documentRoot', problem)
}
