import { basename } from 'node:path'
import { siteComment } from '../../drivers/accounts/index.ts'
import type { Facts } from '../../drivers/facts.ts'
import { renderGuarded, renderTarget } from '../../drivers/nftables/guard.conf.ts'
import { renderVhost } from '../../drivers/nginx/vhost.conf.ts'
import { renderEnvironment, renderPool, renderSlice } from '../../drivers/php-fpm/pool.conf.ts'
import { renderAppEnvironment } from '../../drivers/pm2/environment.ts'
import type { AppSpec } from '../../model/apps/schema.ts'
import { paths } from '../../model/paths.ts'
import { launchSpecOf } from '../../model/protocol/launch-spec.ts'
import { phpNames, runsAs, siteNames, WEB_USER } from '../../model/sites/names.ts'
import { isServed, phpVersion, type PhpVersion, type SiteSpec } from '../../model/sites/schema.ts'
import type { Access, Resource } from '../resources/resource.ts'
import { describeCaches, withoutPages } from './describe-caches.ts'
import { describeDirectives } from './describe-directives.ts'
import { describeFiles, describePasswords } from './describe-files.ts'
import { describeMailNames, withoutMail } from './describe-mail.ts'

const rootFile: Access = { owner: 'root', group: 'root', mode: 0o644 }

/** Everything a site is on the machine, in the order in which it is made. Pure. */
export function describeSite(spec: SiteSpec, facts: Facts): Resource[] {
  const names = siteNames(spec.domain)
  return [
    { kind: 'account', name: names.user, state: accountOf(spec) },
    { kind: 'directory', name: names.home, state: { owner: 'root', group: WEB_USER, mode: 0o751 } },
    ...(spec.app ? [] : describeFiles(spec)),
    { kind: 'directory', name: names.additions, state: { owner: 'root', group: 'root', mode: 0o755 } },
    describeDirectives(spec),
    describeLoginLimits(spec),
    describeMailNames(spec),
    ...(spec.runtime === 'php' ? describePhp(spec, facts) : withoutPhp(spec.domain, facts)),
    ...describeAppFiles(spec, facts),
    ...describeCaches(spec, facts),
    ...[names.accessLog, names.errorLog].map((name): Resource => ({ kind: 'log', name, state: logAccess })),
    ...describePasswords(spec, facts),
    { kind: 'file', name: names.vhost, state: { ...rootFile, content: renderVhost(spec, facts) } },
    { kind: 'link', name: names.vhostLink, state: { target: names.vhost } },
  ]
}

/** An app's files are not nginx's to read. */
const accountOf = ({ domain, app }: SiteSpec) => ({
  home: siteNames(domain).home,
  comment: siteComment(domain),
  members: app ? [] : [WEB_USER],
})

/** Keeps the files of a site from growing while it has used up its disk; its PHP and its app are told themselves. */
function describeLoginLimits({ domain, storage }: SiteSpec): Resource {
  const { user, loginLimits } = siteNames(domain)
  const content = `# Written by the hosting panel: the site has used up its disk.\n${user} - fsize 0\n`
  return { kind: 'file', name: loginLimits, state: storage === 'ok' ? null : { ...rootFile, content } }
}

/** An app's folders are its user's alone: nginx asks the app, and never reads its files. */
function describeAppFiles(spec: SiteSpec, facts: Facts): Resource[] {
  if (!spec.app) return [...withoutApp(spec.domain), describeGuard(spec, facts)]
  const { app, appHome, tmp, venv, user, appDescription, appEnvironment, appGuard } = siteNames(spec.domain)
  const description = launchSpecOf(spec)
  const folders = [app, appHome, tmp, ...(spec.runtime === 'python' ? [venv] : [])]
  return [
    ...folders.map((name): Resource => ({
      kind: 'directory',
      name,
      state: { owner: user, group: user, mode: name === app ? modeOf(spec.app!) : 0o700, contents: 'u=rwX,g=rX,o=' },
    })),
    {
      kind: 'file',
      name: appEnvironment,
      state: { owner: 'root', group: user, mode: 0o640, content: renderAppEnvironment(spec, spec.app) },
      secret: true,
    },
    { kind: 'file', name: appGuard, state: { ...rootFile, mode: 0o600, content: renderGuarded(user, spec.app.port) } },
    {
      kind: 'file',
      name: appDescription,
      state: description && {
        owner: 'root',
        group: 'root',
        mode: 0o600,
        content: `${JSON.stringify(description, null, 2)}\n`,
      },
    },
  ]
}

/** Leftovers of an app, where the site had one. Its folders stay: they are the site's files. */
function withoutApp(domain: string): Resource[] {
  const { appDescription, appEnvironment } = siteNames(domain)
  return [
    { kind: 'file', name: appDescription, state: null },
    { kind: 'file', name: appEnvironment, state: null, secret: true },
  ]
}

/** Mode of an app's folder: its group bits are the mask that lets nginx pass to static files (acl(5)). */
const modeOf = (app: AppSpec): number => (app.static.length > 0 ? 0o710 : 0o700)

/** Lets nginx connect to the target of a proxy site where that is this server, as an administrator said. */
export function describeGuard({ domain, enabled, proxyTo, proxyHere }: SiteSpec, { hosts }: Facts): Resource {
  const content = enabled && proxyTo ? renderTarget(proxyTo, hosts, proxyHere) : null
  const state = content === null ? null : { ...rootFile, mode: 0o600, content }
  return { kind: 'file', name: siteNames(domain).appGuard, state }
}

/** The logs of an app that were turned over (lib/system/log-file.ts). */
const oldLogs = ['.1', '.2', '.3']

/** As Debian's nginx and its logrotate make them. */
const logAccess: Access = { owner: WEB_USER, group: 'adm', mode: 0o640 }

function describePhp(spec: SiteSpec, facts: Facts): Resource[] {
  const { tmp, sessions, logs } = siteNames(spec.domain)
  const owner = runsAs(spec)
  const directories = [tmp, sessions, logs].map((name): Resource => ({
    kind: 'directory',
    name,
    state: { owner, group: owner, mode: 0o700, contents: 'u=rwX,go=' },
  }))
  return [...directories, ...master(spec, facts), ...otherMasters(spec, facts)]
}

/** The site's PHP-FPM master: with systemd its own, started by its socket; without, a pool of the distribution's. */
function master(spec: SiteSpec, facts: Facts): Resource[] {
  const php = phpNames(spec.domain, spec.isolation, spec.phpVersion!)
  const pool = { ...rootFile, content: renderPool(spec, facts) }
  const runs = isServed(spec)
  if (!facts.systemd) return [{ kind: 'file', name: php.sharedMasterPool, state: runs ? pool : null }]
  return [
    // The master reads its pool as the user it runs as, and no other site does.
    { kind: 'file', name: php.pool, state: { ...pool, group: runsAs(spec), mode: 0o640 } },
    { kind: 'file', name: php.environment, state: { ...rootFile, content: renderEnvironment(spec) } },
    { kind: 'directory', name: php.serviceSettings, state: { owner: 'root', group: 'root', mode: 0o755 } },
    { kind: 'file', name: sliceFile(php), state: { ...rootFile, content: renderSlice(siteNames(spec.domain).slice) } },
    { kind: 'link', name: php.enabledLink, state: runs ? { target: php.socketTemplate } : null },
    { kind: 'unit', name: php.socketUnit, state: runs ? {} : null },
  ]
}

const sliceFile = ({ serviceSettings }: { serviceSettings: string }): string => `${serviceSettings}/slice.conf`

/** Describes leftovers of an earlier version or isolation of the site. */
function otherMasters(spec: SiteSpec, facts: Facts): Resource[] {
  const other = spec.isolation === 'own' ? 'shared' : 'own'
  const versions = facts.phpVersions.filter((version) => version !== spec.phpVersion)
  return [
    ...noMaster(spec.domain, other, facts),
    ...versions.map((version) => noPool(spec.domain, spec.isolation, version, facts)),
  ]
}

function noMaster(domain: string, isolation: SiteSpec['isolation'], facts: Facts): Resource[] {
  const pools = facts.phpVersions.map((version) => noPool(domain, isolation, version, facts))
  if (!facts.systemd) return pools
  const php = phpNames(domain, isolation, phpVersion.options[0])
  return [
    { kind: 'unit', name: php.socketUnit, state: null },
    { kind: 'link', name: php.enabledLink, state: null },
    { kind: 'file', name: php.environment, state: null },
    { kind: 'file', name: sliceFile(php), state: null },
    // Others may have settings of their own there.
    {
      kind: 'tree',
      name: php.serviceSettings,
      state: { at: `${paths.settingsTrash}/purge-${basename(php.serviceSettings)}` },
    },
    ...pools,
  ]
}

function noPool(domain: string, isolation: SiteSpec['isolation'], version: PhpVersion, facts: Facts): Resource {
  const php = phpNames(domain, isolation, version)
  return { kind: 'file', name: facts.systemd ? php.pool : php.sharedMasterPool, state: null }
}

const withoutPhp = (domain: string, facts: Facts): Resource[] => [
  ...noMaster(domain, 'own', facts),
  ...noMaster(domain, 'shared', facts),
]

/** A site that should not be there. Its files move to the trash, where `purge-` says that they go with the change. */
export function describeAbsence(domain: string, files: 'trash' | 'purge', stamp: string, facts: Facts): Resource[] {
  const names = siteNames(domain)
  const entry = `${files === 'purge' ? 'purge-' : ''}${stamp}-${domain}`
  return [
    { kind: 'link', name: names.vhostLink, state: null },
    { kind: 'file', name: names.vhost, state: null },
    ...withoutPhp(domain, facts),
    ...describePasswords({ domain, basicAuth: [] }, facts),
    { kind: 'file', name: names.appGuard, state: null },
    ...withoutApp(domain),
    { kind: 'file', name: names.redisUser, state: null, secret: true },
    ...withoutMail(domain),
    { kind: 'file', name: names.loginLimits, state: null },
    withoutPages(domain),
    // Its processes end with it, before what they may still write to is moved.
    { kind: 'account', name: names.user, state: null },
    {
      kind: 'tree',
      name: names.keptAdditions,
      state: { at: `${paths.nginxAdditions}/.trash/purge-${stamp}-kept-${domain}` },
    },
    { kind: 'file', name: names.refusedAdditions, state: null },
    { kind: 'tree', name: names.additions, state: { at: `${paths.nginxAdditions}/.trash/${entry}` } },
    { kind: 'tree', name: names.certificates, state: { at: `${paths.certificates}/.trash/${entry}` } },
    { kind: 'tree', name: names.home, state: { at: `${paths.trash}/${entry}` } },
    ...[names.accessLog, names.errorLog].map((log): Resource => ({
      kind: 'tree',
      name: log,
      state: { at: `${paths.nginxLogs}/.trash/purge-${stamp}-${basename(log)}` },
    })),
    { kind: 'tree', name: names.mailState, state: { at: `${paths.mailTrash}/purge-${stamp}-${names.user}` } },
    ...['', ...oldLogs].map((old): Resource => ({
      kind: 'tree',
      name: names.appLog + old,
      state: { at: `${paths.appLogs}/.trash/purge-${stamp}-${basename(names.appLog)}${old}` },
    })),
  ]
}
