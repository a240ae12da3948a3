import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { paths } from '../../model/paths.ts'
import { siteUser } from '../../model/sites/names.ts'
import { phpVersion } from '../../model/sites/schema.ts'
import type { Context } from '../http/context.ts'
import { listAlerts, syncAlerts } from '../store/alerts.ts'
import { briefApps } from '../store/apps.ts'
import { restartUnlessBusy } from './apps.ts'

const KEY = 'upgrades'
const ALERT = 'upgrade:'

/** How often services that wait for their restart are looked at again (ms). */
const AGAIN_MS = 5 * 60_000

interface Looked {
  stamp: string
  at: number
  /** Whether nothing was left to restart. */
  done: boolean
}

/**
 * Notices, each minute, that packages, PHP settings or Node versions have changed, and then has what runs of before
 * restarted where no request is lost by it; an alert names the rest. Costs a look at some files while nothing changes.
 */
export async function watchUpgrades(ctx: Context, now: number): Promise<string[]> {
  const stamp = packagesStamp()
  const before = await ctx.kv.get<Looked>(KEY, now)
  if (before?.stamp === stamp && (before.done || Math.abs(now - before.at) < AGAIN_MS)) return []
  const { busy, restarted, apps, waiting } = await ctx.agent.call('upgrades.take', {})
  if (busy) return []
  const left = await restartApps(ctx, apps)
  tell(ctx, [...waiting.map(daemonAlert), ...left.inUse.map(appAlert)], now)
  await ctx.kv.set(KEY, { stamp, at: now, done: waiting.length === 0 && left.inUse.length === 0 }, null)
  return [...restarted, ...left.restarted]
}

const changedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0

/** Differs after each run of the package manager, each change of PHP's settings, and each new release of Node. */
function packagesStamp(): string {
  const php = phpVersion.options.flatMap((version) => {
    const directory = `/etc/php/${version}/fpm`
    return [`${directory}/php.ini`, `${directory}/conf.d`, `/etc/php/${version}/mods-available`].map(changedAt)
  })
  return [changedAt('/var/lib/dpkg/status'), ...php, ...nodeReleases()].join(' ')
}

function nodeReleases(): string[] {
  try {
    return readdirSync(paths.node, { withFileTypes: true })
      .filter((entry) => entry.isSymbolicLink())
      .map(({ name }) => readlinkSync(`${paths.node}/${name}`))
  } catch {
    return []
  }
}

/** Restarts apps that nobody uses right now; answers those, and those that are in use. */
async function restartApps(ctx: Context, users: readonly string[]): Promise<{ restarted: string[]; inUse: string[] }> {
  if (users.length === 0) return { restarted: [], inUse: [] }
  const domains = briefApps(ctx.db)
    .filter(({ domain, status }) => status === 'running' && users.includes(siteUser(domain)))
    .map(({ domain }) => domain)
  const restarted: string[] = []
  for (const domain of domains) if (await restart(ctx, domain)) restarted.push(domain)
  return { restarted, inUse: domains.filter((domain) => !restarted.includes(domain)) }
}

const restart = (ctx: Context, domain: string): Promise<boolean> =>
  restartUnlessBusy(ctx, domain).catch((error: unknown) => {
    console.error(`${domain} was not restarted after an upgrade, and is tried again:`, error)
    return false
  })

interface Told {
  key: string
  site: string | null
  message: string
}

/** Consequence of a restart, for services that cannot be restarted unseen. */
const costs: Record<string, string> = {
  mariadb: 'sites cannot reach their databases for some seconds',
  'redis-server': 'sites cannot reach their caches for a moment',
  fail2ban: 'nobody is banned for a moment',
  'hosting-panel': 'the panel does not answer for some seconds, and its jobs are cut off',
  'hosting-panel-supervisor': 'all apps end, and start again at their next request',
}

function daemonAlert(unit: string): Told {
  const name = unit.replace(/\.service$/, '')
  return {
    key: ALERT + name,
    site: null,
    message:
      `${name} still runs programs or libraries that an upgrade has replaced, security fixes included. Restart it ` +
      `when it suits: systemctl restart ${name}. Meanwhile ${costs[name] ?? 'it does not answer for a moment'}`,
  }
}

const appAlert = (domain: string): Told => ({
  key: `${ALERT}app:${domain}`,
  site: domain,
  message:
    `${domain}: its app still runs a Node, Python or library that an upgrade has replaced, and is in use. The panel ` +
    'restarts it once nobody uses it; or restart it on its page',
})

function tell(ctx: Context, found: readonly Told[], now: number): void {
  const since = new Date(now).toISOString()
  syncAlerts(
    ctx.db,
    ALERT,
    found.map((told) => ({ ...told, severity: 'warning' as const, since })),
  )
}

/** Services that wait for their restart, by their alerts. */
export const waitingServices = (ctx: Context): string[] =>
  listAlerts(ctx.db).flatMap(({ key, site }) =>
    key.startsWith(ALERT) && site === null ? [key.slice(ALERT.length)] : [],
  )
