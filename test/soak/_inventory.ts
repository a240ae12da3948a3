import { administrator } from '../../lib/drivers/redis/acl.conf.ts'
import { deriveAdministrator } from '../../lib/drivers/redis/administrator.ts'
import { deriveDatabaseAccount } from '../../lib/drivers/mariadb/database-account.ts'
import { phpNames, siteNames } from '../../lib/model/sites/names.ts'
import type { Site } from '../../lib/model/sites/schema.ts'
import type { Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { output } from '../machine/sites/_helpers.ts'

/** Names by what they are names of: `accounts`, `vhosts`. */
export type Inventory = Record<string, string[]>

/** Contents of the store: the sites, and the databases with their users. */
export interface Stored {
  sites: Site[]
  databases: { name: string; users: { username: string }[] }[]
}

export async function readStore(panel: Api): Promise<Stored> {
  const { sites } = (await panel.get('/sites')).body as { sites: Site[] }
  const listed = (await panel.get('/databases')).body as { name: string }[]
  const databases = []
  for (const { name } of listed)
    databases.push((await panel.get(`/databases/${name}`)).body as Stored['databases'][number])
  return { sites, databases }
}

const names = (sites: readonly Site[], name: (site: Site) => string | null): string[] =>
  sites
    .map(name)
    .filter((each) => each !== null)
    .sort()
const base = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
const php = ({ domain, isolation, phpVersion }: Site) => phpNames(domain, isolation, phpVersion!)

/** Lists the things that should be on the server, by the store alone. */
export function expected({ sites, databases }: Stored, databaseSecret: string): Inventory {
  const phpSites = sites.filter(({ runtime }) => runtime === 'php')
  const listening = phpSites.filter(({ enabled }) => enabled)
  const guarded = sites.filter(
    ({ runtime, enabled }) => runtime === 'node' || runtime === 'python' || (runtime === 'proxy' && enabled),
  )
  const own = (site: Site) => siteNames(site.domain)
  return {
    accounts: names(sites, (site) => own(site).user),
    groups: names(sites, (site) => own(site).user),
    homes: names(sites, ({ domain }) => domain),
    additions: names(sites, ({ domain }) => domain),
    vhosts: names(sites, (site) => base(own(site).vhost)),
    enabledVhosts: names(sites, (site) => base(own(site).vhostLink)),
    siteLogs: names(sites, (site) => base(own(site).accessLog)),
    pools: names(phpSites, (site) => php(site).pool),
    phpEnvironments: names(phpSites, (site) => base(php(site).environment)),
    phpSockets: names(listening, (site) => base(php(site).socket)),
    phpSocketUnits: names(listening, (site) => php(site).socketUnit),
    phpEnabledLinks: names(listening, (site) => base(php(site).enabledLink)),
    phpSettings: names(phpSites, (site) => base(php(site).serviceSettings)),
    appGuards: names(guarded, (site) => base(own(site).appGuard)),
    redisFiles: names(sites, (site) => (site.cache.redis ? base(own(site).redisUser) : null)),
    redisUsers: [
      ...names(sites, (site) => (site.cache.redis ? own(site).user : null)),
      'default',
      administrator,
    ].sort(),
    pageCaches: names(sites, (site) => (site.cache.page ? site.domain : null)),
    certificates: names(sites, (site) => (site.certificate ? site.domain : null)),
    databases: databases.map(({ name }) => name).sort(),
    databaseAccounts: databases
      .flatMap(({ name, users }) => [
        deriveDatabaseAccount(name, databaseSecret).username,
        ...users.map(({ username }) => username),
      ])
      .sort(),
  }
}

/** How each kind of thing is listed, in a shell's words. */
const lists: Record<string, string> = {
  accounts: "getent passwd | cut -d: -f1 | grep '^s-'",
  groups: "getent group | cut -d: -f1 | grep '^s-'",
  homes: 'ls -A /var/www | grep -vx -e .trash -e html',
  additions: 'ls -A /etc/nginx/hosting-panel | grep -vx .trash',
  vhosts: "ls -A /etc/nginx/sites-available | grep -vx -e default -e '.*hosting-panel.*'",
  enabledVhosts: "ls -A /etc/nginx/sites-enabled | grep -vx '.*hosting-panel.*'",
  siteLogs: "ls -A /var/log/nginx | grep '[.]access[.]log$' | grep -v '^hosting-panel'",
  pools: 'find /etc/php/*/fpm/sites /etc/php/*/fpm/pool.d -type f | grep -v -e /www.conf -e hosting-panel-adminer',
  phpEnvironments: 'ls -A /etc/hosting-panel/php | grep -v hosting-panel-adminer',
  phpSockets: 'ls -A /run/hosting-panel/php | grep -v hosting-panel-adminer',
  phpSocketUnits: "systemctl list-units --type=socket --plain --no-legend 'hosting-panel-php*@s-*' | cut -d' ' -f1",
  phpEnabledLinks: "ls -A /etc/systemd/system/sockets.target.wants | grep '^hosting-panel-php.*@s-'",
  phpSettings: "ls -A /etc/systemd/system | grep '^hosting-panel-php.*@s-.*[.]d$'",
  appGuards: "ls -A /etc/hosting-panel/apps | grep '[.]nft$'",
  redisFiles: 'ls -A /etc/hosting-panel/redis',
  redisUsers: 'redis-cli -s /run/redis/redis-server.sock --user hosting-panel --no-auth-warning ACL USERS',
  pageCaches: 'ls -A /var/cache/hosting-panel/pages | grep -vx .trash',
  certificates: 'ls -A /etc/hosting-panel/certificates | grep -vx -e .trash -e server',
  databases: "mariadb -BNe 'SHOW DATABASES' | grep -vx -e mysql -e information_schema -e performance_schema -e sys",
  databaseAccounts:
    "mariadb -BNe 'SELECT user FROM mysql.global_priv' | grep -vx -e hosting-panel-dump -e mariadb.sys -e " +
    'mysql -e root',
}

export const readSecret = (machine: Machine): Promise<string> =>
  output(machine, 'cat', '/etc/hosting-panel/database-secret')

/** Lists the things that are on the server. */
export async function found(machine: Machine, databaseSecret: string): Promise<Inventory> {
  const script = Object.entries(lists)
    .map(([name, list]) => `echo '== ${name}'; ${list} | LC_ALL=C sort`)
    .join('\n')
  const { stdout } = await machine.sh(['sh', '-c', script], {
    env: { REDISCLI_AUTH: deriveAdministrator(databaseSecret) },
  })
  const sections = stdout
    .split(/^== /m)
    .slice(1)
    .map((section) => section.trim().split('\n'))
  return Object.fromEntries(sections.map(([name, ...lines]) => [name!, lines.sort()]))
}

/** Where two inventories differ, a line each. */
export function differences(wanted: Inventory, there: Inventory): string[] {
  return Object.entries(wanted).flatMap(([kind, list]) => {
    const present = there[kind] ?? []
    return [
      ...list.filter((name) => !present.includes(name)).map((name) => `${kind}: ${name} is missing`),
      ...present.filter((name) => !list.includes(name)).map((name) => `${kind}: ${name} is left over`),
    ]
  })
}
