import { join } from 'node:path'
import type { AgeOf } from '../../model/clock.ts'
import { paths } from '../../model/paths.ts'
import { listDirectory } from '../../system/files.ts'
import { removeTrees } from '../../system/tree.ts'
import { readAges } from '../clock/clock.ts'
import { trashQueue, runExclusive } from '../converge/queues.ts'

const KEEP_MS = 30 * 86_400_000

/** So many entries are removed with one command. */
const MANY = 500

/** Sites' files, their certificates, nginx additions, pages, units' settings, logs, and mail. */
const trashes = [
  paths.trash,
  `${paths.certificates}/.trash`,
  `${paths.nginxAdditions}/.trash`,
  `${paths.pageCaches}/.trash`,
  paths.settingsTrash,
  `${paths.nginxLogs}/.trash`,
  `${paths.appLogs}/.trash`,
  paths.mailTrash,
]

/** A time as the trash's names begin with it: 20261123T101500. */
export const stamp = (now: Date): string => now.toISOString().replaceAll(/[-:]|\.\d+Z/g, '')

/** The time of such a name (ms since 1970); NaN of any other. */
function timeOf(entry: string): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)-/.exec(entry) ?? []
  return Date.parse(`${parts.slice(0, 3).join('-')}T${parts.slice(3).join(':')}Z`)
}

/** Whether an entry is to go: marked for good, or older than 30 days. Pure. */
export const isDue = (entry: string, ageOf: AgeOf): boolean =>
  entry.startsWith('purge-') || ageOf(timeOf(entry)) > KEEP_MS

/**
 * Deletes what is due, and answers its paths. Looks in the trash while no change is under way; the removal itself may
 * take long, and holds up no change.
 */
export async function pruneTrash(): Promise<string[]> {
  const due = await runExclusive(async () => {
    const ageOf = await readAges()
    const found: string[] = []
    for (const trash of trashes) {
      found.push(...(await listDirectory(trash)).filter((name) => isDue(name, ageOf)).map((name) => join(trash, name)))
    }
    return found
  })
  return trashQueue(() => remove(due))
}

async function remove(due: readonly string[]): Promise<string[]> {
  // A command's line may be two megabytes long, and a name a kilobyte.
  for (let at = 0; at < due.length; at += MANY) await removeTrees(due.slice(at, at + MANY))
  return [...due]
}
