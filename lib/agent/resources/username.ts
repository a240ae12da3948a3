import { readAccount, renameAccount } from '../../drivers/accounts/index.ts'
import { installedVersions } from '../../drivers/php-fpm/index.ts'
import { endServices, hasSystemd, reloadService, stopUnits } from '../../drivers/systemd/index.ts'
import { servicesOf, socketsOf } from '../../model/sites/names.ts'
import type { Kind, UsernameState } from './resource.ts'

/** Time for requests in flight (ms). */
const GRACE_MS = 2_000

/** Name of a site's Linux user. What the user runs ends first; its numbers stay, and so all its files are its own. */
export const username: Kind<UsernameState> = {
  async read(name, wanted) {
    const account = readAccount(name)
    return account ? { is: name, home: account.home, comment: account.comment } : wanted
  },
  async set(_name, before, after) {
    if (!before || !after) return
    if (readAccount(before.is)) await endProcesses(before.is)
    await renameAccount(before.is, after.is, after)
  },
  same: (before, after) => before.is === after.is,
  summary: (_before, after) => `gets the name ${after?.is}, with the same number`,
}

/**
 * A socket would start what has ended once more; so would the distribution's masters, until they know that the pool is
 * gone.
 */
async function endProcesses(user: string): Promise<void> {
  if (!hasSystemd()) {
    for (const version of await installedVersions()) await reloadService(`php${version}-fpm`)
    return
  }
  await stopUnits(socketsOf(user))
  await endServices(servicesOf(user), GRACE_MS)
}
