import { isDeepStrictEqual } from 'node:util'
import * as v from 'valibot'
import { isApp, newApp } from '../../model/apps/schema.ts'
import { noCaches } from '../../model/caches/schema.ts'
import { invalidInput, PanelError } from '../../model/errors.ts'
import { phpSettings, type NewSite, type SiteSpec } from '../../model/sites/schema.ts'
import { webDefaults } from '../../model/sites/web-settings.ts'
import type { Context } from '../http/context.ts'
import { choosePort } from './app-port.ts'
import { withHashes } from './basic-auth.ts'
import { refuseSettings } from './setting-rules.ts'
import { changedApp } from './app-settings.ts'

/** A new site with everything left out filled in. Throws `invalid_input` when its fields contradict its runtime. */
export async function completeSpec(
  ctx: Context,
  { owner: _, app, basicAuth = [], phpSettings: { uploadMaxMb = 0, ...php }, ...input }: NewSite,
): Promise<SiteSpec> {
  const spec: SiteSpec = {
    ...webDefaults,
    ...input,
    phpVersion: input.phpVersion ?? (input.runtime === 'php' ? await newestPhp(ctx) : null),
    proxyTo: input.proxyTo ?? null,
    proxyHere: false,
    proxySettings: { ...webDefaults.proxySettings, ...input.proxySettings },
    phpSettings: v.parse(phpSettings, php),
    bodyLimitMb: Math.max(input.bodyLimitMb, uploadMaxMb),
    hsts: false,
    hstsBefore: false,
    certificate: null,
    cache: noCaches,
    directives: '',
    diskMb: input.diskMb ?? null,
    files: input.files ?? null,
    storage: 'ok',
    redirects: [],
    basicAuth: withHashes(basicAuth, []),
    app: isApp(input.runtime) ? changedApp(newApp(input.runtime, choosePort(ctx)), input.runtime, app ?? {}) : null,
  }
  if (app && !spec.app) throw invalidInput('app', `A ${spec.runtime} site has no app`)
  refuseContradictions(spec)
  return spec
}

/** The newest PHP that is installed. Throws `php_version_missing`. */
export async function newestPhp(ctx: Context): Promise<SiteSpec['phpVersion']> {
  const { versions } = await ctx.agent.call('php.list', { available: false })
  const newest = versions.findLast(({ installed }) => installed)
  if (!newest)
    throw new PanelError(
      'php_version_missing',
      409,
      'No PHP is installed on this server; install a version on the PHP page first',
    )
  return newest.version
}

/** Refuses what the runtime has no use for, rather than keep a setting that does nothing. */
export function refuseContradictions(spec: SiteSpec): void {
  const problem =
    spec.runtime === 'proxy' && !spec.proxyTo
      ? ['proxyTo', 'A proxy site needs the address to pass requests to']
      : spec.runtime !== 'proxy' && spec.proxyTo
        ? ['proxyTo', `A ${spec.runtime} site has no address to pass requests to`]
        : spec.runtime !== 'proxy' && !isDeepStrictEqual(spec.proxySettings, webDefaults.proxySettings)
          ? ['proxySettings', `A ${spec.runtime} site passes no requests on`]
          : spec.runtime !== 'php' && spec.phpVersion
            ? ['phpVersion', `A ${spec.runtime} site has no PHP version`]
            : spec.hsts && !spec.certificate
              ? ['hsts', 'Without a certificate nobody could come by https; get one first']
              : spec.runtime === 'static' && spec.cache.page
                ? ['page', 'A static site has nothing to cache: nginx serves its files as they are']
                : spec.app && spec.isolation === 'shared'
                  ? ['isolation', 'An app always runs as a user of its own']
                  : spec.aliases.includes(spec.domain)
                    ? ['aliases', 'The domain itself is not an alias']
                    : new Set(spec.aliases).size < spec.aliases.length
                      ? ['aliases', 'An alias is named twice']
                      : spec.redirectAliases.some((name) => !spec.aliases.includes(name))
                        ? ['redirectAliases', 'Name only aliases of the site, as aliases has them']
                        : null
  if (problem) throw invalidInput(problem[0]!, problem[1]!)
  refuseSettings(spec)
}
