import type { Stats } from 'node:fs'
import { adminerDirectories } from '../../drivers/adminer/names.ts'
import { iniLifetime } from '../../drivers/php-fpm/index.ts'
import type { AgeOf } from '../../model/clock.ts'
import type { Parsed } from '../../model/protocol/agent.ts'
import { siteNames } from '../../model/sites/names.ts'
import type { PhpVersion } from '../../model/sites/schema.ts'
import { prune, turnOver, unusedFor } from '../../system/prune.ts'

const DAY_MS = 86_400_000

/** Days without use after which a temporary file goes, as systemd's tmpfiles have it for /tmp. */
const TEMPORARY_DAYS = 10

/** PHP's log is turned over at this size (bytes), and so many old ones are kept: as the logs of apps. */
const LOG = { size: 5_000_000, kept: 3 }

type Site = Parsed<'sites.prune'>['sites'][number]

/**
 * Deletes PHP's expired sessions and temporary files that nobody has used, and rotates PHP's logs. A site whose
 * files are moved meanwhile is left for the next time. Answers the number of files.
 */
export async function pruneTemporary(sites: readonly Site[], ageOf: AgeOf): Promise<{ removed: number; logs: number }> {
  const lifetimes = new Map<PhpVersion | null, number>()
  const total = { removed: 0, logs: 0 }
  total.removed += await pruneUnused(adminerDirectories.tmp, ageOf).catch((error: unknown) => left('Adminer', error))
  for (const { domain, phpVersion, sessionSeconds } of sites) {
    try {
      const usual = lifetimes.get(phpVersion) ?? (await iniLifetime(phpVersion))
      lifetimes.set(phpVersion, usual)
      total.removed += await pruneSite(domain, sessionSeconds ?? usual, ageOf)
      if (turnOver(siteNames(domain).logs, 'php.log', LOG)) total.logs++
    } catch (error) {
      left(domain, error)
    }
  }
  return total
}

function left(whose: string, error: unknown): 0 {
  console.error(`${whose}: some temporary files stay until the next time: ${(error as Error).message}`)
  return 0
}

async function pruneSite(domain: string, sessionSeconds: number, ageOf: AgeOf): Promise<number> {
  const { sessions, tmp } = siteNames(domain)
  // PHP touches a session's file whenever it is used.
  const isExpired = ({ mtimeMs }: Stats) => ageOf(mtimeMs) > sessionSeconds * 1000
  const expired = await prune(sessions, (stats, name) => name.startsWith('sess_') && isExpired(stats))
  return expired + (await pruneUnused(tmp, ageOf))
}

const pruneUnused = (folder: string, ageOf: AgeOf): Promise<number> =>
  prune(folder, (stats) => unusedFor(stats, ageOf) > TEMPORARY_DAYS * DAY_MS)
