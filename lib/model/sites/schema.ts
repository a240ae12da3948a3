import * as v from 'valibot'
import { appChanges, appSpec } from '../apps/schema.ts'
import { atMost, forAdministrators, themselves } from '../auth/set-by.ts'
import { username } from '../auth/usernames.ts'
import { cacheSpec } from '../caches/schema.ts'
import { served } from '../certificates/schema.ts'
import { directives } from '../directives/schema.ts'
import { domain } from '../domain.ts'
import { domainOrWildcard } from '../wildcard.ts'
import { nodeVersion } from '../node/schema.ts'
import { basicAuth, newBasicAuth, shownBasicAuth } from './basic-auth.ts'
import { openBasedir } from './open-basedir.ts'
import { iniChanges, iniSettings } from './php-ini.ts'
import { isElsewhere, newProxyTarget, proxyTarget } from './proxy-target.ts'
import { redirects } from './redirects.ts'
import { webChanges, webSettings } from './web-settings.ts'

export const phpVersion = v.picklist(['7.4', '8.0', '8.1', '8.2', '8.3', '8.4', '8.5'])
export type PhpVersion = v.InferOutput<typeof phpVersion>

const integer = (minimum: number, maximum: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(minimum), v.maxValue(maximum))

/** PHP's limits for one site; sizes in MiB, times in seconds. The largest upload is `bodyLimitMb`. */
export const phpSettings = v.strictObject({
  memoryLimitMb: v.optional(forAdministrators(integer(16, 2048), { othersMay: atMost(512) }), 128),
  maxChildren: v.optional(forAdministrators(integer(1, 100), { othersMay: atMost(20) }), 5),
  maxExecutionSeconds: v.optional(integer(1, 3600), 60),
  maxInputVars: v.optional(integer(100, 100_000), 1000),
  displayErrors: v.optional(v.boolean(), false),
  timezone: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z]+(?:\/[A-Za-z0-9_+-]+){0,2}$/)), 'UTC'),
  /** Directives of php.ini by name, such as `session.gc_maxlifetime`: those of lib/model/sites/php-ini.ts. */
  ini: v.optional(iniSettings, {}),
  /** Paths outside the site's folder that its PHP may read, for programs of the distribution. */
  openBasedir: v.optional(openBasedir, []),
})
export type PhpSettings = v.InferOutput<typeof phpSettings>

const bodyLimitMb = forAdministrators(integer(1, 10_240), { othersMay: atMost(1024) })

/** Name that `bodyLimitMb` had for PHP: scripts may go on using it. */
const former = { uploadMaxMb: v.optional(bodyLimitMb) }

export const runtime = v.picklist(['static', 'php', 'proxy', 'node', 'python'])

const settings = {
  /** Other names; `*.example.com` stands for every name directly below example.com that no site has in full. */
  aliases: v.pipe(v.array(domainOrWildcard), v.maxLength(100)),
  /** Needed by `php`; the newest installed version when left out. */
  phpVersion,
  /** Needed by `proxy`: http(s)://host[:port], no path, no credentials. Only administrators name this server itself. */
  proxyTo: forAdministrators(newProxyTarget, { othersMay: { words: 'other servers', accepts: isElsewhere } }),
  isolation: forAdministrators(v.picklist(['own', 'shared']), { othersMay: ['own'] }),
  phpSettings,
  /** true: the primary domain's other form (with or without www.) redirects to it. */
  redirectWww: v.boolean(),
  /** The largest request body, and the largest upload of PHP, in MiB. */
  bodyLimitMb,
  enabled: v.boolean(),
  owner: forAdministrators(v.nullable(username), { othersMay: themselves }),
  /** Most MiB and number of its files and databases on disk; null: half of the disk's. */
  diskMb: forAdministrators(v.nullable(integer(1, 100_000_000))),
  files: forAdministrators(v.nullable(integer(100, 1_000_000_000))),
  /** Names that the certificate covers are sent from http to https. */
  httpsRedirect: v.boolean(),
  /** Browsers that were here come by https only for the next year, whatever happens to the certificate. */
  hsts: v.boolean(),
}

/** Input of POST /api/sites. */
export const newSite = v.strictObject({
  domain,
  runtime,
  aliases: v.optional(settings.aliases, []),
  phpVersion: v.optional(settings.phpVersion),
  proxyTo: v.optional(settings.proxyTo),
  isolation: v.optional(settings.isolation, 'own'),
  phpSettings: v.optional(v.strictObject({ ...phpSettings.entries, ...former }), {}),
  redirectWww: v.optional(settings.redirectWww, false),
  bodyLimitMb: v.optional(settings.bodyLimitMb, 64),
  enabled: v.optional(settings.enabled, true),
  httpsRedirect: v.optional(settings.httpsRedirect, true),
  /** App of a Node or Python site; changed later at /api/sites/{site}/app. */
  app: v.optional(appChanges),
  /** The user it is to belong to; only administrators say. One's own when left out by a user. */
  owner: v.optional(settings.owner),
  diskMb: v.optional(settings.diskMb),
  files: v.optional(settings.files),
  basicAuth: v.optional(newBasicAuth),
  ...webChanges,
})
export type NewSite = v.InferOutput<typeof newSite>

/**
 * Input of PATCH /api/sites/{site}. `phpSettings` are merged key by key, `ini` in them name by name. With another
 * `runtime` settings that this has no use for go back to their default, and its own may come along.
 */
export const siteChanges = v.strictObject({
  runtime: v.optional(runtime),
  /** App of a new Node or Python runtime; changed later at /api/sites/{site}/app. */
  app: v.optional(appChanges),
  aliases: v.optional(settings.aliases),
  phpVersion: v.optional(settings.phpVersion),
  proxyTo: v.optional(settings.proxyTo),
  isolation: v.optional(settings.isolation),
  phpSettings: v.optional(v.partial(v.strictObject({ ...optionalWithoutDefaults(), ...former }))),
  redirectWww: v.optional(settings.redirectWww),
  bodyLimitMb: v.optional(settings.bodyLimitMb),
  enabled: v.optional(settings.enabled),
  httpsRedirect: v.optional(settings.httpsRedirect),
  hsts: v.optional(settings.hsts),
  owner: v.optional(settings.owner),
  diskMb: v.optional(settings.diskMb),
  files: v.optional(settings.files),
  basicAuth: v.optional(newBasicAuth),
  ...webChanges,
})
export type SiteChanges = v.InferOutput<typeof siteChanges>

/**
 * How a site uses the disk. `full`: it reached its limit, and its files cannot grow. `over`: they grew all the same, so
 * its code does not run.
 */
export const storage = v.picklist(['ok', 'full', 'over'])
export type Storage = v.InferOutput<typeof storage>

/** A complete, valid site: what the store keeps and the agent is told. */
export const siteSpec = v.strictObject({
  domain,
  runtime,
  aliases: settings.aliases,
  phpVersion: v.nullable(settings.phpVersion),
  proxyTo: v.nullable(proxyTarget),
  /** Whether an administrator named this server itself by it: only then may nginx connect to where its name leads. */
  proxyHere: v.boolean(),
  isolation: settings.isolation,
  phpSettings,
  redirectWww: settings.redirectWww,
  bodyLimitMb: settings.bodyLimitMb,
  enabled: settings.enabled,
  httpsRedirect: settings.httpsRedirect,
  hsts: settings.hsts,
  /** Whether it was ever on: browsers that remember it are told to forget it. */
  hstsBefore: v.boolean(),
  /** Certificate that its vhost serves; null: it has no https. */
  certificate: v.nullable(served),
  /** App of `node` and `python` sites, else null. */
  app: v.nullable(appSpec),
  cache: cacheSpec,
  /** Its own directives for nginx, set at /api/sites/{site}/directives. */
  directives,
  diskMb: settings.diskMb,
  files: settings.files,
  /** Set by the panel's watch alone (lib/storage). */
  storage,
  basicAuth,
  redirects,
  ...webSettings,
})
export type SiteSpec = v.InferOutput<typeof siteSpec>

/** Whether a site's code runs and its visitors are answered. */
export const isServed = ({ enabled, storage }: Pick<SiteSpec, 'enabled' | 'storage'>): boolean =>
  enabled && storage !== 'over'

/** Site as the API answers it. `state`: `applying` during a change, `stopped` while it uses too much disk. */
export const site = v.strictObject({
  ...v.omit(siteSpec, ['app', 'hstsBefore', 'cache', 'directives', 'proxyHere', 'redirects', 'basicAuth']).entries,
  /** Paths that ask for a password, and who may enter. */
  basicAuth: shownBasicAuth,
  /** Node version of a Node app. */
  nodeVersion: v.nullable(nodeVersion),
  /** Which caches it has; more at /api/sites/{site}/cache. */
  cache: v.strictObject({ redis: v.boolean(), page: cacheSpec.entries.page }),
  /** The domain as people write it: `bücher.test` for `xn--bcher-kva.test`. */
  unicodeDomain: v.string(),
  state: v.picklist(['active', 'disabled', 'stopped', 'applying']),
  /** Where its files go: the directory nginx serves, or the app's own. */
  root: v.string(),
  /** The Linux user the site runs as. */
  user: v.string(),
  /** The user it belongs to; null: the administrators. */
  owner: v.nullable(v.string()),
  createdAt: v.string(),
  updatedAt: v.string(),
})
export type Site = v.InferOutput<typeof site>

/** Answer of PATCH /api/sites/{site}. */
export const changedSite = v.strictObject({
  ...site.entries,
  /** Settings that went back to their default with the old runtime; only after a change of the runtime. */
  reset: v.optional(v.array(v.string())),
})
export type ChangedSite = v.InferOutput<typeof changedSite>

/** A patch must not fill in defaults, or it would reset what it does not name. */
function optionalWithoutDefaults() {
  const { entries } = phpSettings
  return {
    memoryLimitMb: entries.memoryLimitMb.wrapped,
    maxChildren: entries.maxChildren.wrapped,
    maxExecutionSeconds: entries.maxExecutionSeconds.wrapped,
    maxInputVars: entries.maxInputVars.wrapped,
    displayErrors: entries.displayErrors.wrapped,
    timezone: entries.timezone.wrapped,
    ini: iniChanges,
    openBasedir,
  }
}
