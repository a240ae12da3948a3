import { basename, dirname } from 'node:path'
import { domainOf } from '../../drivers/accounts/index.ts'
import { endServices, hasSystemd, release, reloadManager } from '../../drivers/systemd/index.ts'
import { paths } from '../../model/paths.ts'
import { commandUnit, phpNames, servicesOf, SHARED_USER, siteUser, sliceOf } from '../../model/sites/names.ts'
import { phpVersion } from '../../model/sites/schema.ts'
import { killProcessesOf } from '../../system/kill.ts'
import { passwd } from '../../system/passwd.ts'
import type { Access, Delta } from '../resources/resource.ts'
import type { Service } from './service.ts'

/** Time for requests in flight when a site's user changes or its files may not grow any more (ms). */
const GRACE_MS = 2_000

const [anyVersion] = phpVersion.options

const serviceOf = (domain: string, isolation: 'own' | 'shared'): string =>
  phpNames(domain, isolation, anyVersion).serviceUnit

const isWithinSite = ({ kind, name }: Delta): boolean =>
  kind === 'directory' && dirname(dirname(name)) === paths.websites

/** The site whose folder an ownership change is about; null for other changes. */
function siteOf(delta: Delta): string | null {
  return isWithinSite(delta) && changes(delta, 'owner') ? basename(dirname(delta.name)) : null
}

const changes = ({ before, after }: Delta, what: 'owner' | 'group'): boolean =>
  before !== null && after !== null && (before as Access)[what] !== (after as Access)[what]

/** Commands that run in a site (lib/agent/commands). */
const commandsOf = (user: string): string => commandUnit(user, '*')

const ownerBefore = ({ before }: Delta): string => (before as Access).owner

const OTHERS = 0o007

/**
 * Whether a folder changes to an owner or a group that alone may read it. That comes once nginx has moved over: until
 * then the former owner answers requests, and nginx's old workers are not in the new group.
 */
export const isTakenLate = (delta: Delta): boolean =>
  isWithinSite(delta) &&
  (changes(delta, 'owner') || changes(delta, 'group')) &&
  ((delta.after as Access).mode & OTHERS) === 0

/**
 * Ends the processes of the former owner of a site's folders once these have a new owner: files that they hold open
 * would stay writable. All masters of the shared user end, because each may hold the site's files open; their sockets
 * start them again.
 */
async function endFormerOwners(deltas: readonly Delta[]): Promise<void> {
  const given = deltas.filter((delta) => siteOf(delta) !== null)
  const domains = [
    ...new Set(given.filter((delta) => ownerBefore(delta) === siteUser(siteOf(delta)!)).map((delta) => siteOf(delta)!)),
  ]
  const shared = given.some((delta) => ownerBefore(delta) === SHARED_USER)
  if (hasSystemd()) {
    await endServices(
      [
        ...domains.map((domain) => serviceOf(domain, 'own')),
        ...(shared ? ['hosting-panel-php-shared@*.service'] : []),
        ...given.map((delta) => commandsOf(siteUser(siteOf(delta)!))),
      ],
      GRACE_MS,
    )
  }
  // With systemd whatever a master started ends with it, and the next ones run already.
  const users = [...domains.map(siteUser), ...(shared && !hasSystemd() ? [SHARED_USER] : [])]
  for (const user of users) await killProcessesOf(passwd.uid(user), GRACE_MS)
}

/** Ends the PHP masters of sites that go, requests in flight included, before their files are moved. */
async function endRemovedSites(deltas: readonly Delta[]): Promise<void> {
  const domains = deltas.flatMap(({ kind, before, after }) =>
    kind === 'account' && after === null && before ? (domainOf(before.comment) ?? []) : [],
  )
  if (hasSystemd()) {
    await endServices(
      domains.flatMap((domain) => [
        serviceOf(domain, 'own'),
        serviceOf(domain, 'shared'),
        commandsOf(siteUser(domain)),
      ]),
      0,
    )
  }
}

/**
 * Ends the processes of sites that have just become full: only processes that start from now on are limited. What runs
 * on request starts again by itself.
 */
async function endUnlimited(deltas: readonly Delta[]): Promise<void> {
  const users = deltas.filter(isFull).map(({ name }) => basename(name, '.conf').replace('hosting-panel-', ''))
  if (users.length === 0) return
  if (hasSystemd()) await endServices(users.flatMap(servicesOf), GRACE_MS)
  for (const user of users) await killProcessesOf(passwd.uid(user), GRACE_MS)
}

const isFull = ({ kind, name, after }: Delta): boolean =>
  kind === 'file' && dirname(name) === paths.loginLimits && after !== null

const isGone = ({ kind, before, after }: Delta): boolean => kind === 'account' && before !== null && after === null

const endSlices = async (gone: readonly Delta[]): Promise<void> => {
  if (hasSystemd()) await release(gone.map(({ name }) => sliceOf(name)))
}

/**
 * Ends the slices of sites that have another name, once the change is made: requests in flight end first. systemd keeps
 * the units of a former name that it found when it started, until it reads all anew.
 */
async function endFormerSlices(deltas: readonly Delta[]): Promise<void> {
  const renamed = deltas.filter(({ kind }) => kind === 'username')
  await endSlices(renamed)
  if (hasSystemd() && renamed.length > 0) await reloadManager()
}

/** Processes of sites' users: they end when their site goes, changes its user, or may not write any more. */
export const siteProcesses: Service = {
  name: 'Processes of sites',
  owns: ({ kind, name }) =>
    kind === 'account' || kind === 'username' || kind === 'directory' || dirname(name) === paths.loginLimits,
  turn: (delta) => (isTakenLate(delta) ? 'last' : null),
  stop: endRemovedSites,
  finish: async (deltas) => {
    await endFormerOwners(deltas)
    await endUnlimited(deltas)
    // Before the change is made: nothing looks for the slice of a site that is gone once a kill has cut this off.
    await endSlices(deltas.filter(isGone))
  },
  release: endFormerSlices,
}
