import * as fail2ban from '../../drivers/fail2ban/index.ts'
import { loadFilter } from '../../drivers/guard/index.ts'
import * as mariadb from '../../drivers/mariadb/index.ts'
import { checkConfiguration, configurationProblem, load, stageGeneration } from '../../drivers/nginx/index.ts'
import { checkDistributionMaster, checkMaster, untilListening } from '../../drivers/php-fpm/index.ts'
import { release, reloadService, startSockets, startUnits, stopUnits } from '../../drivers/systemd/index.ts'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import { SHARED_USER } from '../../model/sites/names.ts'
import type { PhpVersion } from '../../model/sites/schema.ts'
import { faultPoint } from '../../system/fault.ts'
import { errorCode } from '../../system/files.ts'
import { endFormerOwners, endRemovedSites, isTakenLate } from '../former-owners.ts'
import { endUnlimited } from '../full-sites.ts'
import { clearJournal, writeJournal, type Journal } from './journal.ts'
import { apply } from '../kinds.ts'
import { forgetKeys, isRedis, loadRedis } from '../redis.ts'
import type { Delta, FileState } from '../resource.ts'
import { endSlices, isServiceSetting, reloadSettings } from '../site-units.ts'
import { takeBack } from './take-back.ts'

/** Called as each step begins; `percent` is of the whole. */
export type OnStep = (step: string, percent: number) => void

/**
 * Makes deltas true as one change: all of them, checked and live, or none. The journal is written first,
 * so that a start after a kill knows what to take back. Throws PanelError with the reason.
 */
export async function converge(deltas: readonly Delta[], onStep: OnStep = () => {}): Promise<void> {
  if (deltas.length === 0) return
  const order = [...deltas.filter((delta) => !isRetirement(delta)), ...deltas.filter(isRetirement)]
  const journal: Journal = { startedAt: new Date().toISOString(), deltas: order }
  const progress = { loading: false }
  try {
    await writeJournal(journal)
    faultPoint()
    await perform(order, progress, onStep)
    faultPoint()
  } catch (error) {
    await takeBack(journal, progress.loading)
    await clearJournal()
    throw await explain(error)
  }
  await clearJournal()
  await releaseMasters(order)
  await endSlices(order)
  await forgetKeys(order)
}

/** What goes only after nginx has stopped using it. */
const isRetirement = (delta: Delta): boolean =>
  ((delta.after === null || delta.kind === 'tree') && delta.before !== null && !isNginx(delta)) || isTakenLate(delta)

const isNginx = (delta: Delta): boolean => delta.name.startsWith(`${paths.nginx}/`) && delta.kind !== 'tree'

/** MariaDB reads its settings only when it starts. */
export const isMariadbSettings = ({ name }: Delta): boolean => name === paths.mariadbSettings

const isBans = (delta: Delta): boolean => delta.name.startsWith(`${paths.fail2ban}/`)

async function perform(order: readonly Delta[], progress: { loading: boolean }, onStep: OnStep): Promise<void> {
  const first = order.filter((delta) => !isRetirement(delta))
  const retirements = order.filter(isRetirement)
  // systemd reads them when it starts the sockets.
  await applyAll(first.filter(isServiceSetting), () => {})
  await together(
    startSockets(unitsOf(first)),
    applyAll(first.filter((delta) => !isServiceSetting(delta)), (share) =>
      onStep('Writing accounts, directories and configuration', share * 50)),
  )
  const generation = order.some(isNginx) ? await stageGeneration() : null
  if (generation) {
    onStep('Checking nginx', 50)
    if (!isTrusted(order)) await checkConfiguration()
  }
  await reloadDistributionMasters(first)
  onStep(generation ? 'Checking PHP and reloading nginx' : 'Checking PHP', 60)
  faultPoint()
  if (order.some(isMariadbSettings)) await mariadb.checkConfiguration()
  progress.loading = generation !== null || order.some(isBans) || order.some(isMariadbSettings) || order.some(isRedis)
  if (order.some(isMariadbSettings)) await mariadb.restart()
  if (order.some(isBans)) await fail2ban.load()
  await together(generation ? loadNginx(generation, order) : null, checkMasters(first))
  faultPoint()
  await stopUnits(unitsOf(retirements))
  await endRemovedSites(retirements)
  await applyAll(retirements, (share) => onStep('Removing what is no longer needed', 80 + share * 20))
  await reloadDistributionMasters(retirements)
  await endFormerOwners(order)
  await endUnlimited(first)
  faultPoint()
  await loadFilter(order.map(({ name }) => name))
  await loadRedis(order)
}

const withoutVersions = ({ content }: FileState): string => content.replaceAll(certificateVersion, '')
const certificateVersion = new RegExp(`(?<=${paths.certificates}/[^/]+/)[0-9a-f]{32}/`, 'g')

/**
 * nginx takes a millisecond for each certificate whenever it reads its configuration. One that it runs already, with
 * other certificates that were read and matched when they were kept, is checked by the reload itself: it keeps the old
 * one if it finds anything.
 */
export const onlySwitchesCertificate = (delta: Delta): boolean =>
  delta.kind === 'file' && isNginx(delta) && delta.before !== null && delta.after !== null && withoutVersions(delta.before) === withoutVersions(delta.after)

const isTrusted = (order: readonly Delta[]): boolean => order.every(onlySwitchesCertificate)

/** What nginx refuses after all (another site's certificate was deleted, say) is checked, and with that mended. */
async function loadNginx(generation: string, order: readonly Delta[]): Promise<void> {
  await load(generation, order.some(mustAnswer)).catch(async (error: unknown) => {
    if (!isTrusted(order)) throw error
    await checkConfiguration()
    await load(await stageGeneration(), true)
  })
}

/** Only what is to answer differently is worth waiting for old workers; a site that goes may go a moment later. */
const mustAnswer = (delta: Delta): boolean => isNginx(delta) && delta.after !== null

/** Waits for all, then throws the first failure: nothing may be at work any more when a change is taken back. */
async function together(...work: (Promise<unknown> | null)[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find(({ status }) => status === 'rejected')
  if (failed) throw (failed as PromiseRejectedResult).reason
}

/** Units start and stop together, in one call to systemd however many sites a change has. */
const unitsOf = (deltas: readonly Delta[]): string[] => deltas.filter(({ kind }) => kind === 'unit').map(({ name }) => name)

async function applyAll(deltas: readonly Delta[], onShare: (share: number) => void): Promise<void> {
  for (const [index, delta] of deltas.filter(({ kind }) => kind !== 'unit').entries()) {
    if (index % 50 === 0) onShare(index / deltas.length)
    await apply(delta)
    faultPoint()
  }
}

const ownPool = /^\/etc\/php\/([0-9.]+)\/fpm\/sites\/(.+)\.conf$/
const distributionPool = /^\/etc\/php\/([0-9.]+)\/fpm\/pool\.d\//
const socketUnit = /@(.+)\.socket$/
const environmentFile = new RegExp(`^${paths.phpEnvironment}/(.+)\\.env$`)

/** Up to this many new masters are started, which checks them too, so that a new site's first visitor does not wait. */
const WARM = 3

/** Pools that differ only in their site's name are checked once: a thousand like sites need one check. */
async function checkMasters(deltas: readonly Delta[]): Promise<void> {
  const sockets = unitsOf(deltas)
  const fresh = sockets.length <= WARM ? sockets.map((socket) => socketUnit.exec(socket)![1]!) : []
  const pools = deltas.filter((delta) => delta.after !== null && ownPool.test(delta.name))
  const [started, others] = [pools.filter((delta) => fresh.includes(instanceOf(delta))), pools.filter((delta) => !fresh.includes(instanceOf(delta)))]
  for (const { name } of new Map(others.map((delta) => [likeness(delta), delta])).values()) await checkPool(name)
  // Only the check says what PHP does not like; systemd would say that a unit failed.
  await startUnits(sockets.slice(0, fresh.length).map((socket) => socket.replace(/\.socket$/, '.service'))).catch(async (error: unknown) => {
    for (const { name } of started) await checkPool(name)
    throw error
  })
}

const instanceOf = ({ name }: Delta): string => ownPool.exec(name)![2]!

function likeness(delta: Delta): string {
  const [, version, instance] = ownPool.exec(delta.name)!
  const { content } = delta.after as FileState
  return version + content.replaceAll(instance!, '').replaceAll(/\/var\/www\/[^/]+\//g, '')
}

function checkPool(name: string): Promise<void> {
  const [, version, instance] = ownPool.exec(name)!
  return checkMaster(version as PhpVersion, name, isShared(instance!) ? SHARED_USER : instance!)
}

const isShared = (instance: string): boolean => instance.endsWith('-shared')

async function reloadDistributionMasters(deltas: readonly Delta[]): Promise<void> {
  const versions = new Set(deltas.flatMap(({ name }) => distributionPool.exec(name)?.[1] ?? []))
  for (const version of versions) {
    await checkDistributionMaster(version as PhpVersion)
    await reloadService(`php${version}-fpm`)
    await untilListening(deltas.filter(({ name, after }) => after !== null && distributionPool.exec(name)?.[1] === version).map(({ after }) => (after as FileState).content))
  }
}

/**
 * Masters whose settings changed, or whose socket is gone, end when their requests have; sockets start
 * the new ones. Those of removed accounts were ended with them.
 */
async function releaseMasters(deltas: readonly Delta[]): Promise<void> {
  const settled = await reloadSettings(deltas)
  const gone = new Set(deltas.filter(({ kind, after }) => kind === 'account' && after === null).map(({ name }) => name))
  const changed = deltas.flatMap(({ name, kind, before, after }) => {
    if (before === null || (after === null && kind !== 'unit')) return []
    return ownPool.exec(name)?.[2] ?? environmentFile.exec(name)?.[1] ?? (after === null ? socketUnit.exec(name)?.[1] : null) ?? []
  })
  const stale = [...new Set([...changed, ...settled])].filter((instance) => !gone.has(instance.replace(/-shared$/, '')))
  await release(stale.map((instance) =>
    `${isShared(instance) ? 'hosting-panel-php-shared' : 'hosting-panel-php'}@${instance}.service`))
}

const codeOf = (error: unknown): string | null => (error instanceof PanelError ? error.code : null)

/** Turns what went wrong into what the person can do. */
async function explain(error: unknown): Promise<unknown> {
  const code = errorCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new PanelError('disk_full', 507, 'The disk is full, so nothing was changed. Free some space and try again')
  }
  if (code === 'EROFS') {
    return new PanelError('read_only', 503, 'A file system of this server is read-only (often after a disk error), so nothing was changed. Look at dmesg, remount it writable and try again')
  }
  if (codeOf(error) === 'nginx_check_failed') {
    const already = await configurationProblem()
    if (already) return new PanelError('nginx_already_broken', 503, `nginx refused its configuration before this change too, so nothing was changed. Mend it by hand first: ${already}`)
  }
  if (codeOf(error) === 'fail2ban_check_failed') {
    const already = await fail2ban.configurationProblem()
    if (already) return new PanelError('fail2ban_already_broken', 503, `Fail2ban refused its configuration before this change too, so nothing was changed. Mend it by hand first (/etc/fail2ban): ${already}`)
  }
  return error
}
