import { checkDistributionMaster, checkMaster, untilListening } from '../../drivers/php-fpm/index.ts'
import { release, reloadManager, reloadService, startUnits } from '../../drivers/systemd/index.ts'
import { paths } from '../../model/paths.ts'
import { masterUnit, SHARED_USER } from '../../model/sites/names.ts'
import type { PhpVersion } from '../../model/sites/schema.ts'
import type { Delta, FileState } from '../resources/resource.ts'
import type { Service } from './service.ts'

const distributionPool = /^\/etc\/php\/([0-9.]+)\/fpm\/pool\.d\//

/** Has the distribution's masters take pools up, and waits until those that are there listen. */
async function reloadMasters(deltas: readonly Delta[]): Promise<void> {
  const versions = new Set(deltas.map(({ name }) => distributionPool.exec(name)![1] as PhpVersion))
  for (const version of versions) {
    await checkDistributionMaster(version)
    await reloadService(`php${version}-fpm`)
    const pools = deltas.filter(({ name, after }) => after !== null && distributionPool.exec(name)![1] === version)
    await untilListening(pools.map(({ after }) => (after as FileState).content))
  }
}

const reverted = (delta: Delta): Delta => ({ ...delta, before: delta.after, after: delta.before }) as Delta
const isRemoval = ({ after }: Delta): boolean => after === null

/** Pools of the distribution's masters: where there is no systemd. */
export const phpFpm: Service = {
  name: 'PHP-FPM',
  owns: ({ name }) => distributionPool.test(name),
  load: reloadMasters,
  finish: (deltas) => reloadMasters(deltas.filter(isRemoval)),
  restore: (deltas) => reloadMasters(deltas.map(reverted)),
}

const ownPool = /^\/etc\/php\/([0-9.]+)\/fpm\/sites\/(.+)\.conf$/
const socketUnit = /@(.+)\.socket$/
const environmentFile = new RegExp(`^${paths.phpEnvironment}/(.+)\\.env$`)
/** The slice that a master runs in. */
const unitSetting = /^\/etc\/systemd\/system\/hosting-panel-php(?:-shared)?@(.+)\.service\.d(?:\/slice\.conf)?$/

/** Up to this many new masters are started, which checks them too, so that a new site's first visitor does not wait. */
const WARM = 3

const isSocket = ({ kind }: Delta): boolean => kind === 'unit'
const instanceOf = ({ name }: Delta): string => ownPool.exec(name)![2]!
const isShared = (instance: string): boolean => instance.endsWith('-shared')

/** The instances whose masters are started now. */
function freshOf(deltas: readonly Delta[]): string[] {
  const sockets = deltas.filter(isSocket)
  return sockets.length <= WARM ? sockets.map(({ name }) => socketUnit.exec(name)![1]!) : []
}

const poolsOf = (deltas: readonly Delta[]): Delta[] =>
  deltas.filter(({ name, after }) => after !== null && ownPool.test(name))

/** Pools that differ only in their site's name are checked once: a thousand like sites need one check. */
async function checkPools(deltas: readonly Delta[]): Promise<void> {
  const fresh = freshOf(deltas)
  const others = poolsOf(deltas).filter((delta) => !fresh.includes(instanceOf(delta)))
  for (const { name } of new Map(others.map((delta) => [likeness(delta), delta])).values()) await checkPool(name)
}

function likeness(delta: Delta): string {
  const [, version, instance] = ownPool.exec(delta.name)!
  const { content } = delta.after as FileState
  return version + content.replaceAll(instance!, '').replaceAll(/\/var\/www\/[^/]+\//g, '')
}

function checkPool(name: string): Promise<void> {
  const [, version, instance] = ownPool.exec(name)!
  return checkMaster(version as PhpVersion, name, isShared(instance!) ? SHARED_USER : instance!)
}

async function startFresh(deltas: readonly Delta[]): Promise<void> {
  const fresh = freshOf(deltas)
  const services = deltas
    .filter(isSocket)
    .slice(0, fresh.length)
    .map(({ name }) => name.replace(/\.socket$/, '.service'))
  // Only the check says what PHP does not like; systemd would say that a unit failed.
  await startUnits(services).catch(async (error: unknown) => {
    for (const { name } of poolsOf(deltas).filter((delta) => fresh.includes(instanceOf(delta)))) await checkPool(name)
    throw error
  })
}

/** Reloads the settings of units that systemd knew before, and answers their instances. New ones have read theirs. */
async function reloadSettings(deltas: readonly Delta[]): Promise<string[]> {
  const isNew = (instance: string) =>
    deltas.some(
      ({ kind, name, before }) => kind === 'unit' && before === null && socketUnit.exec(name)?.[1] === instance,
    )
  const changed = deltas
    .filter(({ kind, after }) => kind === 'file' && after !== null)
    .flatMap(({ name }) => unitSetting.exec(name)?.[1] ?? [])
  const known = changed.filter((instance) => !isNew(instance))
  if (known.length > 0) await reloadManager()
  return known
}

/**
 * Lets masters end, once their requests have, whose settings changed or whose socket is gone; sockets start the new
 * ones. Those of removed accounts were ended with them.
 */
async function releaseMasters(deltas: readonly Delta[]): Promise<void> {
  const settled = await reloadSettings(deltas)
  const gone = new Set(deltas.filter(({ kind, after }) => kind === 'account' && after === null).map(({ name }) => name))
  const changed = deltas.flatMap(({ name, kind, before, after }) => {
    if (before === null || (after === null && kind !== 'unit')) return []
    return (
      ownPool.exec(name)?.[2] ??
      environmentFile.exec(name)?.[1] ??
      (after === null ? socketUnit.exec(name)?.[1] : null) ??
      []
    )
  })
  const stale = [...new Set([...changed, ...settled])].filter((instance) => !gone.has(instance.replace(/-shared$/, '')))
  await release(stale.map(masterUnit))
}

const isOfMaster = ({ kind, name }: Delta): boolean =>
  kind === 'unit' || [ownPool, environmentFile, unitSetting].some((pattern) => pattern.test(name))

/** Masters of one site each, under systemd. */
export const phpMasters: Service = {
  name: 'PHP',
  owns: isOfMaster,
  // systemd reads them when it starts the sockets.
  turn: ({ kind, name, after }) => (after !== null && kind !== 'tree' && unitSetting.test(name) ? 'first' : null),
  check: checkPools,
  load: startFresh,
}

/** Masters that a change has left behind. Accounts are no matter of PHP's but tell which masters have ended. */
export const staleMasters: Service = {
  name: 'PHP of before',
  owns: (delta) => isOfMaster(delta) || delta.kind === 'account',
  release: releaseMasters,
}
