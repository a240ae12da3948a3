import { basename, dirname } from 'node:path'
import { endServices, hasSystemd } from '../drivers/systemd/index.ts'
import { paths } from '../model/paths.ts'
import { masterNames } from '../model/sites/names.ts'
import { phpVersion } from '../model/sites/schema.ts'
import { identities } from '../system/identities.ts'
import { killProcessesOf } from '../system/kill.ts'
import type { Delta } from './resource.ts'

/** Time for requests in flight (ms). */
const GRACE = 2_000

const [anyVersion] = phpVersion.options

/**
 * Ends the processes of sites that have just become full: only processes that start from now on are limited. What runs
 * on request starts again by itself.
 */
export async function endUnlimited(deltas: readonly Delta[]): Promise<void> {
  const users = deltas.filter(isFull).map(({ name }) => basename(name, '.conf').replace('hosting-panel-', ''))
  if (users.length === 0) return
  if (hasSystemd()) await endServices(users.flatMap(servicesOf), GRACE)
  for (const user of users) await killProcessesOf(identities.uid(user), GRACE)
}

const isFull = ({ kind, name, after }: Delta): boolean =>
  kind === 'file' && dirname(name) === paths.loginLimits && after !== null

const servicesOf = (user: string): string[] => [
  masterNames(user, anyVersion).serviceUnit,
  masterNames(`${user}-shared`, anyVersion, 'hosting-panel-php-shared').serviceUnit,
]
