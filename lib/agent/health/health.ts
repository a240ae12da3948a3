import { setTimeout as sleep } from 'node:timers/promises'
import { filterProblem } from '../../drivers/nftables/index.ts'
import { installedVersions } from '../../drivers/php-fpm/index.ts'
import { failedUnitNames, hasSystemd, plainServiceState, readUnits } from '../../drivers/systemd/index.ts'
import { hookProblem, isMissing, problemOf, type Unit } from '../../drivers/systemd/units.ts'
import { daemons } from '../../model/daemons.ts'
import { longestPause, readHooks } from '../../model/hooks.ts'
import { ownServices, serviceOfUnit, unitsOnce, unitsUp } from '../../model/own-units.ts'
import { paths } from '../../model/paths.ts'
import type { Output } from '../../model/protocol/agent.ts'
import { listDirectory } from '../../system/files.ts'
import { takenBy } from '../../system/port-owner.ts'

type Health = Output<'health'>
type Service = Health['services'][number]

/** The state of every service this server needs; with systemd two calls tell all, however many sites there are. */
export async function health(recovered: string | null): Promise<Health> {
  const systemd = hasSystemd()
  return { ...(await (systemd ? withSystemd() : withoutSystemd())), systemd, recovered }
}

async function withSystemd(): Promise<Pick<Health, 'services' | 'failedPhp'>> {
  const named = [...Object.keys(daemons), 'cron'].map((name) => `${name}.service`)
  const hooks = readHooks()
  const hookUnits = hooks.flatMap(({ name }) => [`hosting-panel-${name}.timer`, `hosting-panel-hook@${name}.service`])
  const [units, failedPhp, versions, filter] = await Promise.all([
    readUnits([...named, ...unitsUp, ...unitsOnce, ...hookUnits]),
    failedMasters(),
    installedVersions(),
    filterProblem(),
  ])
  const unit = (name: string): Unit => units.find((entry) => entry.name === name) ?? { ...unknown, name }
  const [nginx, ...others] = Object.entries(daemons).map(([name, ports]) =>
    daemon(name, unit(`${name}.service`), ports),
  )
  return {
    failedPhp,
    services: [
      nginx!,
      php(versions.length > 0, failedPhp),
      ...others,
      ...(isMissing(unit('cron.service')) ? [] : [daemon('cron', unit('cron.service'), [])]),
      ...ownServices.map((name) => service(name, ownProblem(name, units) ?? (name === GUARD ? filter : null))),
      ...hooks.map(({ name, schedule }) =>
        service(
          `hosting-panel-${name}`,
          hookProblem(
            unit(`hosting-panel-${name}.timer`),
            unit(`hosting-panel-hook@${name}.service`),
            longestPause(schedule),
            Date.now(),
          ),
        ),
      ),
    ],
  }
}

/** A unit that is missing in systemd's answer. */
const unknown: Unit = {
  name: '',
  load: 'not-found',
  active: 'inactive',
  sub: 'dead',
  result: '',
  activeSince: 0,
  lastTrigger: 0,
}

const service = (name: string, problem: string | null): Service => ({
  name,
  state: problem === null ? 'running' : 'stopped',
  problem,
})

function daemon(name: string, unit: Unit, ports: readonly number[]): Service {
  const problem = problemOf(unit)
  const told = problem === null ? null : problem + takenBy(ports, unit.name)
  return { ...service(name, told), ...(isMissing(unit) && { state: 'missing' }) }
}

/** Its rules may be gone while its unit is well. */
const GUARD = 'hosting-panel-guard'

/** The problem of the units of one name: one that must be up is not, or one has failed. */
function ownProblem(name: string, units: readonly Unit[]): string | null {
  const [up] = unitsUp.filter((unit) => serviceOfUnit(unit) === name)
  const down = up && problemOf(units.find((unit) => unit.name === up) ?? { ...unknown, name: up })
  return down ?? failureOf(units, `${name}.service`)
}

const failureOf = (units: readonly Unit[], name: string): string | null => {
  const found = units.find((unit) => unit.name === name)
  return found?.active === 'failed' ? problemOf(found) : null
}

/** State of PHP with systemd: running unless a site's master or socket has failed, because it runs only on request. */
const php = (installed: boolean, failed: readonly string[]): Service =>
  installed
    ? { name: 'php-fpm', state: failed.length > 0 ? 'stopped' : 'running', problem: null }
    : { name: 'php-fpm', state: 'missing', problem: 'is not installed' }

/** Waiting time for a socket that is just being made or removed (ms). */
const SETTLE_MS = 500

/**
 * Finds failed masters of sites, and sockets without a listener, by their instance; and failed masters of the
 * distribution by their name.
 */
async function failedMasters(): Promise<string[]> {
  const [failed, silent] = await Promise.all([
    failedUnitNames(['hosting-panel-php*', 'php*-fpm.service']),
    silentSockets(),
  ])
  const dead = silent.length === 0 ? [] : await sleep(SETTLE_MS).then(silentSockets)
  const names = failed.map((name) => name.replace(/^.*@/, '').replace(/\.(?:service|socket)$/, ''))
  return [...new Set([...names, ...dead.filter((instance) => silent.includes(instance))])].sort()
}

/**
 * Finds sockets that are enabled (lib/model/sites/names.ts) but missing: systemd forgets units that failed, and removes
 * their sockets.
 */
async function silentSockets(): Promise<string[]> {
  const [enabled, there] = await Promise.all([
    listDirectory('/etc/systemd/system/sockets.target.wants'),
    listDirectory(paths.phpSockets),
  ])
  const sockets = new Set(there)
  return enabled
    .flatMap((name) => /^hosting-panel-php(?:-shared)?@(.+)\.socket$/.exec(name)?.[1] ?? [])
    .filter((instance) => !sockets.has(`${instance}.sock`))
}

/** Health without systemd. Leaves out hooks: cron runs them, and only the panel knows whether they ran. */
async function withoutSystemd(): Promise<Pick<Health, 'services' | 'failedPhp'>> {
  const masters = (await installedVersions()).map((version) => `php${version}-fpm`)
  const [nginx, ...others] = Object.keys(daemons)
  const services = await Promise.all(
    [nginx!, ...masters, ...others, 'cron'].map(async (name): Promise<Service> => {
      const state = await plainServiceState(name)
      const problem = state === 'running' ? null : state === 'missing' ? 'is not installed' : 'is stopped'
      return { name, state, problem }
    }),
  )
  return { services, failedPhp: [] }
}
