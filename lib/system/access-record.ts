import { appendFileSync, mkdirSync, readFileSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import { isMissing, listDirectory, removeFile } from './files.ts'
import { give, isGivable } from './give.ts'
import { walk, type Entry } from './walk.ts'

/*
 * A change of who owns a tree replaces owners and modes of thousands of files. They are written down before, a line
 * each: `DEVICE:NUMBER UID GID MODE`. So a rollback restores what was there, and not what it might have been.
 */

const numberOf = ({ dev, ino }: Pick<Stats, 'dev' | 'ino'>): string => `${dev}:${ino}`

/** Notes owners and modes in a file of root's, before they are changed. */
export function noteAccess(record: string, entries: readonly Entry[]): void {
  const lines = entries.map(({ stats }) => `${numberOf(stats)} ${stats.uid} ${stats.gid} ${stats.mode}\n`)
  mkdirSync(dirname(record), { recursive: true, mode: 0o700 })
  appendFileSync(record, lines.join(''), { mode: 0o600 })
}

type Known = ReadonlyMap<string, [uid: number, gid: number, mode: number]>

function readRecord(record: string): Known | null {
  try {
    const lines = readFileSync(record, 'utf8').split('\n').slice(0, -1)
    return new Map(
      lines.map((line) => {
        const [number, uid, gid, mode] = line.split(' ')
        return [number!, [Number(uid), Number(gid), Number(mode)]]
      }),
    )
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/**
 * Restores owners and modes in a tree by a record; nothing was changed where there is none. What came since stays its
 * owner's. A number may be another file's by now, so no file gets a set-user-id or set-group-id bit. Answers what was
 * left, as it may be somebody else's.
 */
export async function restoreAccess(path: string, record: string, from: { uid: number }): Promise<string[]> {
  const known = readRecord(record)
  const left: string[] = []
  if (!known) return left
  await walk(path, (entries) => {
    for (const entry of entries) {
      const had = known.get(numberOf(entry.stats))
      if (!had) continue
      const [uid, gid, mode] = had
      if (isGivable(entry, { from: from.uid, uid }))
        give(entry, uid, gid, mode & (entry.stats.isDirectory() ? 0o7777 : 0o1777))
      else left.push(entry.name.toString())
    }
  })
  return left
}

/** Removes all records, once the change that they belong to has ended. */
export async function removeRecords(directory: string): Promise<void> {
  for (const name of await listDirectory(directory)) await removeFile(`${directory}/${name}`)
}
