import { paths } from '../../model/paths.ts'
import { phpNames, runsAs, siteNames, WEB_USER } from '../../model/sites/names.ts'
import { iniDirectives, type IniSettings } from '../../model/sites/php-ini.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Facts } from '../facts.ts'

/**
 * One site's pool. With systemd it is the whole configuration of the site's own master, which gets its
 * socket and its user from systemd; without, a pool of the distribution's master.
 */
export function renderPool(spec: SiteSpec, facts: Facts): string {
  return facts.systemd
    ? `${written}${ownMaster(spec)}${pool(spec)}`
    : `${written}${inDistributionMaster(spec)}${pool(spec)}`
}

const written = '; Written by the hosting panel, which puts changes here back.\n'

/** process_control_timeout lets requests in flight end when the master is told to stop. */
const ownMaster = (spec: SiteSpec): string => `[global]
daemonize = no
error_log = syslog
syslog.ident = ${names(spec).instance}
process_control_timeout = 10s
systemd_interval = 0

[${names(spec).instance}]
listen = ${names(spec).socket}
`

const inDistributionMaster = (spec: SiteSpec): string => `[${names(spec).instance}]
user = ${runsAs(spec)}
group = ${runsAs(spec)}
listen = ${names(spec).socket}
listen.owner = ${WEB_USER}
listen.group = ${WEB_USER}
listen.mode = 0600
`

const names = (spec: SiteSpec) => phpNames(spec.domain, spec.isolation, spec.phpVersion!)

/**
 * PHP's messages go into the site's own log: in nginx's (fastcgi.logging) they would stand among nginx's own words.
 * Sessions that an app keeps in a folder of its own are deleted by PHP (gc_probability), as no hook knows of them.
 */
function pool(spec: SiteSpec): string {
  const { home, tmp, sessions, logs } = siteNames(spec.domain)
  const php = spec.phpSettings
  return `pm = ondemand
pm.max_children = ${php.maxChildren}
pm.process_idle_timeout = 10s
pm.max_requests = 1000
request_terminate_timeout = ${php.maxExecutionSeconds + 5}s
catch_workers_output = yes
decorate_workers_output = no
security.limit_extensions = .php
env[TMPDIR] = ${tmp}
php_admin_value[open_basedir] = ${[`${home}/`, ...php.openBasedir].join(':')}
php_admin_value[upload_tmp_dir] = ${tmp}
php_admin_value[sys_temp_dir] = ${tmp}
php_admin_value[session.save_path] = ${sessions}
php_value[session.gc_probability] = 1
php_admin_value[error_log] = ${logs}/php.log
php_admin_value[sendmail_path] = ${paths.sendmail} -t -i
php_admin_flag[log_errors] = on
php_admin_flag[fastcgi.logging] = off
php_admin_value[memory_limit] = ${php.memoryLimitMb}M
php_admin_value[max_execution_time] = ${php.maxExecutionSeconds}
php_admin_value[upload_max_filesize] = ${spec.bodyLimitMb}M
php_admin_value[post_max_size] = ${spec.bodyLimitMb}M
php_admin_value[max_input_vars] = ${php.maxInputVars}
php_admin_flag[expose_php] = off
php_flag[display_errors] = ${php.displayErrors ? 'on' : 'off'}
php_value[date.timezone] = ${php.timezone}
${iniLines(php.ini)}`
}

/** Values are quoted, as a bare `None` means something to the parser; flags are not, as it takes no quoted ones. */
const iniLines = (ini: IniSettings): string =>
  Object.entries(ini)
    .map(([name, value]) => {
      const { kind, fixed } = iniDirectives[name]!
      const [setter, text] = kind === 'flag' ? ['flag', value] : ['value', `"${value}"`]
      return `php_${fixed ? 'admin_' : ''}${setter}[${name}] = ${text}\n`
    })
    .join('')

/** Tells systemd where a master runs, with all else of its site. */
export const renderSlice = (slice: string): string => `# Written by the hosting panel.
[Service]
Slice=${slice}
`

/**
 * Tells systemd which binary runs a master, and whether its files may grow. Root's shell gets it too (ExecStopPost): no
 * variable that a site chooses belongs here.
 */
export const renderEnvironment = ({
  phpVersion,
  storage,
}: Pick<SiteSpec, 'phpVersion'> & Partial<Pick<SiteSpec, 'storage'>>): string => `# Written by the hosting panel.
PHP_VERSION=${phpVersion}
${storage === 'full' ? 'FILE_SIZE=0\n' : ''}`
