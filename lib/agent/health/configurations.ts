import { dirname } from 'node:path'
import { configurationProblem as fail2banProblem } from '../../drivers/fail2ban/index.ts'
import { configurationProblem as mariadbProblem } from '../../drivers/mariadb/index.ts'
import {
  checkAndReload,
  configurationProblem as nginxProblem,
  GENERATION,
  staleness,
} from '../../drivers/nginx/index.ts'
import { includesSites, sitesLeftOut } from '../../drivers/nginx/included.ts'
import { paths } from '../../model/paths.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import type { Change } from '../../model/protocol/change.ts'
import { fingerprint } from '../../system/fingerprint.ts'

type Found = Output<'configurations.check'>['services'][number]

/** Files that a daemon reads, whoever wrote them. */
interface Configuration {
  name: string
  /** Files and folders that hold it; the daemon is asked again once something there has changed. */
  places: readonly string[]
  /** Whether a file below them counts; all, unless told. */
  leaves?: (name: string) => boolean
  /** Why the daemon would not start with it, in its own words; null when it would. */
  refusal: () => Promise<string | null>
  /** How what runs differs from it, as the end of a sentence that begins with the name; null when it does not. */
  staleness?: () => Promise<string | null>
}

/** The daemons that can be asked. Redis has no check of its own; files of PHP's masters are the panel's (drift). */
const configurations: readonly Configuration[] = [
  {
    name: 'nginx',
    places: [paths.nginx, paths.certificates, dirname(paths.panelKey)],
    leaves: (name) => name !== GENERATION,
    refusal: async () => (await nginxProblem()) ?? ((await includesSites()) ? null : sitesLeftOut),
    staleness,
  },
  { name: 'MariaDB', places: [dirname(dirname(paths.mariadbSettings))], refusal: mariadbProblem },
  { name: 'Fail2ban', places: [paths.fail2ban], refusal: fail2banProblem },
]

/**
 * Asks each daemon whether it would start with what is on the disk, and whether it runs just that. One whose
 * configuration has not changed since it accepted it is not asked again.
 */
export async function checkConfigurations({
  accepted,
}: Parsed<'configurations.check'>): Promise<Output<'configurations.check'>> {
  const found: Found[] = []
  for (const { name, places, leaves, ...ask } of configurations) {
    const seen = fingerprint(places, leaves)
    const isKnown = accepted.some((known) => known.name === name && known.seen === seen)
    const refusal = isKnown ? null : await ask.refusal()
    found.push({ name, seen, refusal, staleness: (await ask.staleness?.()) ?? null })
  }
  return { services: found }
}

/** Daemons that run another configuration than the one on disk, as changes that a converge makes. */
export async function staleServices(): Promise<Change[]> {
  const found = await staleness()
  return found ? [{ action: 'update', kind: 'setting', name: 'nginx', summary: found }] : []
}

/** Has them run it. Throws what nginx's driver does. */
export async function loadStale(): Promise<Change[]> {
  const changes = await staleServices()
  if (changes.length > 0) await checkAndReload()
  return changes
}
