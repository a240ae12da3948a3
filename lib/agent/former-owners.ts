import { basename, dirname } from 'node:path'
import { domainOf } from '../drivers/accounts/index.ts'
import { endServices, hasSystemd } from '../drivers/systemd/index.ts'
import { paths } from '../model/paths.ts'
import { phpNames, SHARED_USER, siteUser } from '../model/sites/names.ts'
import { phpVersion } from '../model/sites/schema.ts'
import { identities } from '../system/identities.ts'
import { killProcessesOf } from '../system/kill.ts'
import type { Access, Delta } from './resource.ts'

/** Time for requests in flight when a site's user changes (ms). Other changes let them end in their own time. */
const GRACE = 2_000

const serviceOf = (domain: string, isolation: 'own' | 'shared'): string =>
  phpNames(domain, isolation, phpVersion.options[0]).serviceUnit

/** The site whose folder an ownership change is about; null for other changes. */
function siteOf({ kind, name, before, after }: Delta): string | null {
  const within = kind === 'directory' && dirname(dirname(name)) === paths.websites
  return within && before && after && before.owner !== after.owner ? basename(dirname(name)) : null
}

const ownerBefore = ({ before }: Delta): string => (before as Access).owner

const OTHERS = 0o007

/**
 * Whether a folder changes to an owner who alone may read it. That comes once nginx has moved over: until then the
 * former owner answers requests.
 */
export const isTakenLate = (delta: Delta): boolean =>
  siteOf(delta) !== null && ((delta.after as Access).mode & OTHERS) === 0

/**
 * Ends the processes of the former owner of a site's folders once these have a new owner: files that they hold open
 * would stay writable. All masters of the shared user end, because each may hold the site's files open; their sockets
 * start them again.
 */
export async function endFormerOwners(deltas: readonly Delta[]): Promise<void> {
  const given = deltas.filter((delta) => siteOf(delta) !== null)
  const domains = [
    ...new Set(given.filter((delta) => ownerBefore(delta) === siteUser(siteOf(delta)!)).map((delta) => siteOf(delta)!)),
  ]
  const shared = given.some((delta) => ownerBefore(delta) === SHARED_USER)
  if (hasSystemd()) {
    await endServices([
      ...domains.map((domain) => serviceOf(domain, 'own')), ...(shared ? ['hosting-panel-php-shared@*.service'] : []),
    ], GRACE)
  }
  // With systemd whatever a master started ends with it, and the next ones run already.
  const users = [...domains.map(siteUser), ...(shared && !hasSystemd() ? [SHARED_USER] : [])]
  for (const user of users) await killProcessesOf(identities.uid(user), GRACE)
}

/** Ends the PHP masters of sites that go, requests in flight included, before their files are moved. */
export async function endRemovedSites(deltas: readonly Delta[]): Promise<void> {
  const domains = deltas.flatMap(({ kind, before, after }) =>
    (kind === 'account' && after === null && before ? domainOf(before.comment) ?? [] : []))
  if (hasSystemd()) {
    await endServices(domains.flatMap((domain) => [serviceOf(domain, 'own'), serviceOf(domain, 'shared')]), 0)
  }
}
