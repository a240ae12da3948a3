import { readHooks, type HookEntry } from '../../model/hooks.ts'
import { unitsUp } from '../../model/own-units.ts'
import type { Operations } from '../../model/protocol/agent.ts'
import type { Output } from '../../model/protocol/define.ts'
import { phpNames } from '../../model/sites/names.ts'
import type { Context } from '../http/context.ts'
import { listSpecs } from '../sites/read.ts'
import { listAlerts, raiseAlert, syncAlerts, type AlertRow } from '../store/alerts.ts'

type Known = Output<Operations, 'health'>

interface Service {
  /** Name in alerts. */
  label: string
  /** Consequence while it is dead, as the end of a sentence. */
  effect: string
  urgent: boolean
}

export const services: Record<string, Service> = {
  nginx: { label: 'nginx', effect: 'no site answers', urgent: true },
  'php-fpm': { label: 'PHP', effect: 'no PHP site answers', urgent: true },
  mariadb: { label: 'MariaDB', effect: 'no site reaches its database', urgent: true },
  'redis-server': { label: 'Redis', effect: 'no site reaches its cache', urgent: true },
  fail2ban: { label: 'Fail2ban', effect: 'nobody is banned', urgent: true },
  cron: { label: 'cron', effect: 'scheduled jobs do not run', urgent: false },
  'hosting-panel-agent': {
    label: 'The panel’s agent',
    effect: 'the panel cannot change or check anything',
    urgent: true,
  },
  'hosting-panel-supervisor': { label: 'The supervisor of apps', effect: 'no app can be started', urgent: true },
  'hosting-panel-guard': {
    label: 'The guard of the apps’ ports',
    effect: 'a site may answer on the port of another site’s app',
    urgent: true,
  },
  'hosting-panel-sockets': {
    label: 'The watch over connections',
    effect: 'one site may take all connections of MariaDB and Redis',
    urgent: true,
  },
  'hosting-panel-mail': { label: 'The mail service of sites', effect: 'no site can send mail', urgent: true },
}

const key = (name: string): string => `service:${name}`
const AGENT = 'hosting-panel-agent'

/** The hook that a service of `health` stands for; undefined for a daemon. */
const hookOf = (service: string): HookEntry | undefined =>
  readHooks().find(({ name }) => service === `hosting-panel-${name}`)

function described(name: string): Service {
  const hook = hookOf(name)
  if (hook)
    return {
      label: `The hook ${hook.name}`,
      effect: `nothing does this: ${hook.summary}`,
      urgent: hook.schedule === 'minutely',
    }
  return services[name] ?? { label: name, effect: 'services that need it do not work', urgent: true }
}

/** Says where to look for the cause. */
function advice(name: string, systemd: boolean): string {
  if (!systemd) return `Start it with: service ${name} start`
  const hook = hookOf(name)
  const socket = unitsUp.find((unit) => unit === `${name}.socket`)
  const units = hook ? `${name}.timer hosting-panel-hook@${hook.name}` : socket ? `${socket} ${name}` : name
  return `Look at: systemctl status ${units}`
}

/**
 * Raises an alert for each service that is dead, and for each site whose PHP failed, and ends those that are over.
 * Answers what the agent knows; null when it does not answer.
 */
export async function watchServices(ctx: Context, now: Date): Promise<Known | null> {
  const known = await ctx.agent.call('health', {}).catch(() => null)
  if (!known) {
    raiseAlert(ctx.db, serviceAlert(AGENT, 'does not answer', true, now))
    return null
  }
  const found = [...known.services, ...othersPhp(ctx, known)].filter(({ problem }) => problem !== null)
  const dead = found
    .filter(({ name }) => !hasFailedItself(ctx, name))
    .map(({ name, problem }) => serviceAlert(name, problem!, known.systemd, now))
  syncAlerts(ctx.db, key(''), dead)
  watchPhp(ctx, known.failedPhp, now)
  return known
}

function serviceAlert(name: string, problem: string, systemd: boolean, now: Date): AlertRow {
  const { label, effect, urgent } = described(name)
  return {
    key: key(name),
    site: null,
    severity: urgent ? 'critical' : 'warning',
    since: now.toISOString(),
    message: `${label} ${problem}. Until it runs again, ${effect}. ${advice(name, systemd)}`,
  }
}

/** Whether a failed hook has raised its own alert, which says more (lib/panel/alerts/hooks.ts). */
const hasFailedItself = (ctx: Context, name: string): boolean =>
  listAlerts(ctx.db).some((alert) => alert.key === name.replace(/^hosting-panel-/, 'hook:'))

const instancesOf = (ctx: Context): { domain: string; instances: string[] }[] =>
  listSpecs(ctx)
    .filter(({ runtime }) => runtime === 'php')
    .map(({ domain, phpVersion }) => ({
      domain,
      instances: (['own', 'shared'] as const).map((isolation) => phpNames(domain, isolation, phpVersion!).instance),
    }))

/** Masters that are no site's: the database tool's, and the distribution's. */
function othersPhp(ctx: Context, { failedPhp }: Known): Known['services'] {
  if (failedPhp.length === 0) return []
  const sites = new Set(instancesOf(ctx).flatMap(({ instances }) => instances))
  return failedPhp
    .filter((instance) => !sites.has(instance))
    .map((instance) => ({
      name: /^php[\d.]+-fpm$/.test(instance) ? instance : `hosting-panel-php@${instance}`,
      state: 'stopped',
      problem: 'has failed',
    }))
}

function watchPhp(ctx: Context, failed: readonly string[], now: Date): void {
  const found = (failed.length === 0 ? [] : instancesOf(ctx)).flatMap(({ domain, instances }): AlertRow[] => {
    const instance = instances.find((name) => failed.includes(name))
    if (!instance) return []
    const message =
      `${domain}: its PHP has failed. The next request starts it again; if this stays, ` +
      `look at: systemctl status 'hosting-panel-php*@${instance}.*'`
    return [{ key: `php:${domain}`, site: domain, severity: 'critical', since: now.toISOString(), message }]
  })
  syncAlerts(ctx.db, 'php:', found)
}
