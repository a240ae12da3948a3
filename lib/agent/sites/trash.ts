import { join } from 'node:path'
import { paths } from '../../model/paths.ts'
import { listDirectory } from '../../system/files.ts'
import { removeTrees } from '../../system/tree.ts'
import { trashQueue, runExclusive } from '../converge/queues.ts'

const KEEP_DAYS = 30

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

/** Whether an entry is to go: marked for good, or older than 30 days. */
export function isDue(entry: string, now: Date): boolean {
  if (entry.startsWith('purge-')) return true
  const oldest = stamp(new Date(now.getTime() - KEEP_DAYS * 86_400_000))
  return /^\d{8}T\d{6}-/.test(entry) && entry.slice(0, oldest.length) < oldest
}

/**
 * Deletes what is due, and answers its paths. Looks in the trash while no change is under way; the removal itself may
 * take long, and holds up no change.
 */
export async function pruneTrash(now: Date): Promise<string[]> {
  const due = await runExclusive(async () => {
    const found: string[] = []
    for (const trash of trashes) {
      found.push(...(await listDirectory(trash)).filter((name) => isDue(name, now)).map((name) => join(trash, name)))
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
