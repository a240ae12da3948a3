import { setTimeout as sleep } from 'node:timers/promises'
import { siteNames } from '../../lib/model/sites/names.ts'
import type { Site } from '../../lib/model/sites/schema.ts'
import { site as visit, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { output } from '../machine/sites/_helpers.ts'
import { failedUnits } from '../machine/units.ts'
import { differences, expected, found, readSecret, readStore } from './_inventory.ts'

/** Daemons that a server with the panel runs. */
export const daemons = [
  'nginx',
  'mariadb',
  'redis-server',
  'fail2ban',
  'cron',
  'hosting-panel',
  'hosting-panel-agent.socket',
  'hosting-panel-supervisor.socket',
]

/** How a disabled site, and an app that was stopped or cannot run, answers. */
const DOWN = 503

/** Status of a site's answer to `/`; follows a redirect to https. */
export async function statusOf(machine: Machine, { domain, certificate, httpsRedirect }: Site): Promise<number> {
  const wildcard = domain.replace(/^[^.]+/, '*')
  const secure = httpsRedirect && certificate?.names.some((name) => name === domain || name === wildcard)
  return (await visit(machine, domain, '/', { scheme: secure ? 'https' : 'http' })).status
}

async function wantedStatus(panel: Api, { domain, enabled, runtime }: Site): Promise<number> {
  if (!enabled) return DOWN
  if (runtime !== 'node' && runtime !== 'python') return 200
  const { state } = (await panel.get(`/sites/${domain}/app`)).body as { state: string }
  return state === 'running' || state === 'asleep' ? 200 : DOWN
}

/** Sites that do not answer as their runtime should. */
async function badAnswers(machine: Machine, panel: Api, sites: readonly Site[]): Promise<string[]> {
  const faults: string[] = []
  for (const site of sites) {
    const wanted = await wantedStatus(panel, site)
    const status = await statusOf(machine, site).catch((error: Error) => error.message)
    if (status !== wanted)
      faults.push(`${site.domain} (${site.runtime}, ${site.state}) answers ${status}, not ${wanted}`)
  }
  return faults
}

/** Slices of sites that there are not: one is there while something of its site runs. */
async function strangeSlices(machine: Machine, sites: readonly Site[]): Promise<string[]> {
  const own = new Set(sites.map(({ domain }) => siteNames(domain).slice))
  const present = await output(
    machine,
    'sh',
    '-c',
    "systemctl list-units --type=slice --plain --no-legend 'sites-*' | cut -d' ' -f1",
  )
  return present
    .split('\n')
    .filter((name) => name !== '' && !own.has(name))
    .map((name) => `slices: ${name} is left over`)
}

/** Files of work that was not finished, units that were started for a moment, and processes of users who are gone. */
const leftovers = `
ls -d /var/lib/hosting-panel/journal.json 2>/dev/null
find /opt/hosting-panel/data/uploads /var/lib/hosting-panel/imports /run/hosting-panel/pipes \\
  /run/hosting-panel/certbot -mindepth 1 2>/dev/null
find /var/lib/hosting-panel-dumps -name '.*' -type f 2>/dev/null
find /etc/nginx /etc/php /etc/hosting-panel /etc/systemd/system /etc/fail2ban /etc/redis /etc/mysql /etc/ufw \\
  /opt/hosting-panel/data -name '.*' ! -name .trash ! -name .hosting-panel-trash ! -name .placeholder 2>/dev/null
find /var/www -maxdepth 2 -name '.*' ! -name .trash ! -path '/var/www/.trash/*' 2>/dev/null
find /var/www/.trash /etc/nginx/hosting-panel/.trash /etc/hosting-panel/certificates/.trash /var/log/nginx/.trash \\
  /var/log/hosting-panel-apps/.trash /var/lib/hosting-panel-mail/.trash /var/cache/hosting-panel/pages/.trash \\
  /etc/systemd/system/.hosting-panel-trash -maxdepth 1 -name 'purge-*' 2>/dev/null
ls -d /run/hosting-panel/import-* 2>/dev/null
systemctl list-units --plain --no-legend 'run-*' | cut -d' ' -f1 | grep -v '[.]mount$'
ls /etc/passwd.lock /etc/group.lock /etc/shadow.lock 2>/dev/null
ps -eo user:40=,args= | awk '$1 ~ /^[0-9]+$/'
`

/** Everything that is not as it should be on a server at rest; nothing, when all is well. */
export async function faultsOf(machine: Machine, panel: Api): Promise<string[]> {
  const stored = await readStore(panel)
  // First, as a visitor starts the PHP that was killed.
  const answers = await badAnswers(machine, panel, stored.sites)
  const secret = await readSecret(machine)
  const [drift, jobs, health, record] = await Promise.all(
    ['/drift', '/jobs?state=running', '/health', '/audit/verify'].map(async (path) => (await panel.get(path)).body),
  )
  const looks = daemons.map((unit) => `systemctl is-active --quiet ${unit} || echo '${unit} does not run'`).join('\n')
  return [
    ...(drift.changes as { action: string; kind: string; name: string }[]).map(
      ({ action, kind, name }) => `drift: ${action} ${kind} ${name}`,
    ),
    ...(jobs.jobs as { name: string; path: string }[]).map(({ name, path }) => `a job hangs: ${name} ${path}`),
    ...(health.status === 'ok' ? [] : [`health: ${JSON.stringify(health)}`]),
    ...(record.intact ? [] : [`the record is broken at ${record.broken}`]),
    ...stored.sites.filter(({ state }) => state === 'applying').map(({ domain }) => `${domain} is still being applied`),
    ...differences(expected(stored, secret), await found(machine, secret)),
    ...answers,
    ...(await strangeSlices(machine, stored.sites)),
    ...(await output(machine, 'sh', '-c', looks)).split('\n').filter(Boolean),
    ...(await failedUnits(machine)).map((unit) => `${unit} has failed`),
    ...(await output(machine, 'sh', '-c', leftovers))
      .split('\n')
      .filter(Boolean)
      .map((line) => `left over: ${line}`),
  ]
}

/** The faults that stay: services settle, and what was cut off is taken up again, within so many seconds. */
export async function lastingFaults(machine: Machine, panel: Api, seconds = 180): Promise<string[]> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const faults = await faultsOf(machine, panel).catch((error: Error) => [`the look itself failed: ${error.message}`])
    if (faults.length === 0 || Date.now() > end) return faults
    await sleep(5_000)
  }
}
