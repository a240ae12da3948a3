import { createHash } from 'node:crypto'
import { isApp } from '../apps/schema.ts'
import { wwwCounterpart } from '../domain.ts'
import { paths } from '../paths.ts'
import type { PhpVersion, SiteSpec } from './schema.ts'

/** Every name a site answers to. */
export function namesOf(spec: Pick<SiteSpec, 'domain' | 'aliases' | 'redirectWww'>): string[] {
  return [...new Set([spec.domain, ...spec.aliases, ...(spec.redirectWww ? [wwwCounterpart(spec.domain)] : [])])]
}

/**
 * The Linux user of a site, from its domain alone: `s-example-test-1f2e3d4c`, at most 32 characters.
 * The hash keeps a.b-c.test and a-b.c.test apart.
 */
export function siteUser(domain: string): string {
  const slug = domain
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 20)
    .replace(/-+$/, '')
  return `s-${slug}-${createHash('sha256').update(domain).digest('hex').slice(0, 8)}`
}

/** The Linux user of all shared sites, and of nothing else: nginx runs as www-data. */
export const SHARED_USER = 'hosting-panel-shared'

/** nginx's user: a member of each site's own group, and so the only one that reads a site's files besides its user. */
export const WEB_USER = 'www-data'

/** The mail service's user, which alone reads passwords of mail servers. */
export const MAIL_USER = 'hosting-panel-mail'

/** The Linux user that a site's code runs as. */
export const runsAs = ({ domain, isolation }: Pick<SiteSpec, 'domain' | 'isolation'>): string =>
  isolation === 'own' ? siteUser(domain) : SHARED_USER

/** A part of a unit's name as `systemd-escape` writes it; slices nest at dashes that are not escaped. */
const escaped = (name: string): string => name.replaceAll('-', String.raw`\x2d`)

/** Reads a part of a unit's name that `escaped` wrote. */
export const unescapeUnit = (part: string): string => part.replaceAll(String.raw`\x2d`, '-')

/** Unit of a command in a site, by its task: a UUID, or * for all. */
export const commandUnit = (user: string, task: string): string => `hosting-panel-command-${user}-${task}.service`

/** systemd's slice that all processes of a site run in, by its user. */
export const sliceOf = (user: string): string => `sites-${escaped(user)}.slice`

/** The folder that nginx serves. */
export const servedRoot = ({ domain, documentRoot }: Pick<SiteSpec, 'domain' | 'documentRoot'>): string =>
  `${homeOf(domain)}/${documentRoot}`

/** The folder in a site's home that its files are in: the home is root's, so nobody exchanges it for another. */
export const siteFolder = ({ domain, runtime, documentRoot }: FilesOf): string =>
  `${homeOf(domain)}/${isApp(runtime) ? 'app' : documentRoot.split('/')[0]}`

type FilesOf = Pick<SiteSpec, 'domain' | 'runtime' | 'documentRoot'>

/** Where a site's files go. */
export const siteRoot = (spec: FilesOf): string =>
  isApp(spec.runtime) ? `${homeOf(spec.domain)}/app` : servedRoot(spec)

const homeOf = (domain: string): string => `${paths.websites}/${domain}`

/** Alone, as names that carry the site's user cost a hash. */
export const accessLogOf = (domain: string): string => `${paths.nginxLogs}/${domain}.access.log`

/** Everything on the machine that carries a site's name. */
export function siteNames(domain: string) {
  const home = homeOf(domain)
  const user = siteUser(domain)
  const slice = sliceOf(user)
  const unit = `hosting-panel-app@${escaped(user)}.service`
  return {
    user,
    slice,
    /** The app runs in its control group, which is here below the hierarchy's own. */
    appGroup: `sites.slice/${slice}/${unit}`,
    appUnit: unit,
    home,
    /** Folders of a Node or Python site: its files, its home (caches), and Python's packages. */
    app: `${home}/app`,
    appHome: `${home}/home`,
    venv: `${home}/venv`,
    appDescription: `${paths.apps}/${user}.json`,
    appEnvironment: `${paths.apps}/${user}.env`,
    appGuard: `${paths.apps}/${user}.nft`,
    /** The account that its mail leaves through. */
    mail: `${paths.mail}/${user}.json`,
    /** The names that its mail may come from. */
    mailNames: `${paths.mail}/${user}.names`,
    mailState: `${paths.mailState}/${user}`,
    appLog: `${paths.appLogs}/${domain}.log`,
    /** Limits of whatever PAM lets its user start (pam_limits(8)): cron, su, SSH. */
    loginLimits: `${paths.loginLimits}/hosting-panel-${user}.conf`,
    tmp: `${home}/tmp`,
    sessions: `${home}/sessions`,
    logs: `${home}/logs`,
    vhost: `${paths.nginx}/sites-available/${domain}.conf`,
    vhostLink: `${paths.nginx}/sites-enabled/${domain}.conf`,
    /** Its certificate's versions, one directory each. */
    certificates: `${paths.certificates}/${domain}`,
    /** Its own directives for nginx, and those of the panel among them. */
    additions: `${paths.nginxAdditions}/${domain}`,
    directives: `${paths.nginxAdditions}/${domain}/directives.conf`,
    /** Copies of the last that nginx took, and why it refuses those of now. */
    keptAdditions: `${paths.nginxAdditions}/.kept/${domain}`,
    refusedAdditions: `${paths.nginxAdditions}/.refused/${domain}`,
    /** Users of its protected paths; a hash of the path follows. */
    passwords: `${paths.nginxPasswords}/${domain}`,
    /** Rights of its user in Redis. */
    redisUser: `${paths.redis}/${user}.acl`,
    /** Pages nginx keeps of it. */
    pageCache: `${paths.pageCaches}/${domain}`,
    accessLog: accessLogOf(domain),
    errorLog: `${paths.nginxLogs}/${domain}.error.log`,
  }
}

/**
 * A site's PHP-FPM master. `own` and `shared` have different names throughout, so that a switch
 * brings the new one up, moves nginx over, and only then stops the old one.
 */
export function phpNames(domain: string, isolation: SiteSpec['isolation'], version: PhpVersion) {
  return isolation === 'own'
    ? masterNames(siteUser(domain), version)
    : masterNames(`${siteUser(domain)}-shared`, version, 'hosting-panel-php-shared')
}

/** The service of a PHP-FPM master, by its instance. */
export const masterUnit = (instance: string): string =>
  `hosting-panel-php${instance.endsWith('-shared') ? '-shared' : ''}@${instance}.service`

/** Services that run a site's code on request, by its user. */
export const servicesOf = (user: string): string[] => [
  masterUnit(user),
  masterUnit(`${user}-shared`),
  commandUnit(user, '*'),
]

/** Sockets that start them. */
export const socketsOf = (user: string): string[] =>
  [masterUnit(user), masterUnit(`${user}-shared`)].map((unit) => unit.replace(/service$/, 'socket'))

/** Everything of a PHP-FPM master of its own; the instance of the usual template is the user it runs as. */
export function masterNames(instance: string, version: PhpVersion, template = 'hosting-panel-php') {
  return {
    instance,
    socket: `${paths.phpSockets}/${instance}.sock`,
    environment: `${paths.phpEnvironment}/${instance}.env`,
    pool: `/etc/php/${version}/fpm/sites/${instance}.conf`,
    /** Where there is no systemd: in the distribution's master. */
    sharedMasterPool: `/etc/php/${version}/fpm/pool.d/${instance}.conf`,
    socketUnit: `${template}@${instance}.socket`,
    serviceUnit: `${template}@${instance}.service`,
    /** Says in which slice the service runs: slices have no templates. */
    serviceSettings: `/etc/systemd/system/${template}@${instance}.service.d`,
    socketTemplate: `/etc/systemd/system/${template}@.socket`,
    /** Links that `systemctl enable` would make; made here, as enabling reloads the whole manager. */
    enabledLink: `/etc/systemd/system/sockets.target.wants/${template}@${instance}.socket`,
  }
}
