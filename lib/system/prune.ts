import { closeSync, lstatSync, openSync, renameSync, rmdirSync, type Stats } from 'node:fs'
import type { AgeOf } from '../model/clock.ts'
import { errorCode, isMissing } from './files.ts'
import { removeEntry } from './tree.ts'
import { at, FOLDER, walk, type Entry } from './walk.ts'

/** Selects the files and links of a tree that go. Sockets and pipes stay: a program may wait for them. */
export type Selects = (stats: Stats, name: string) => boolean

/** Removes the files, links and empty folders that are selected from a tree that others write. Answers their number. */
export async function prune(path: string, selects: Selects): Promise<number> {
  let removed = 0
  await walk(path, (entries) => {
    for (const entry of entries) if (!entry.top && goes(entry, selects) && remove(entry)) removed++
  })
  return removed
}

const goes = ({ stats, name }: Entry, selects: Selects): boolean =>
  (stats.isFile() || stats.isSymbolicLink() || stats.isDirectory()) && selects(stats, name.toString())

function remove(entry: Entry): boolean {
  try {
    if (entry.stats.isDirectory()) rmdirSync(at(entry.directory, entry.name))
    else removeEntry(entry)
    return true
  } catch (error) {
    // It is not empty, or became another thing meanwhile.
    if (isMissing(error) || ['ENOTEMPTY', 'EISDIR', 'EPERM'].includes(errorCode(error) ?? '')) return false
    throw error
  }
}

/** How long nobody has used a thing (ms). */
export const unusedFor = ({ atimeMs, mtimeMs, ctimeMs }: Stats, ageOf: AgeOf): number =>
  Math.min(ageOf(atimeMs), ageOf(mtimeMs), ageOf(ctimeMs))

/**
 * Turns a log over that has grown beyond a size (bytes), in a folder that others write: `name` becomes `name.1`, and so
 * on. Its writer has to open it for each message. Answers whether it did.
 */
export function turnOver(folder: string, name: string, { size, kept }: { size: number; kept: number }): boolean {
  const directory = ifThere(() => openSync(folder, FOLDER))
  if (directory === null) return false
  try {
    const stats = ifThere(() => lstatSync(at(directory, name)))
    if (!stats?.isFile() || stats.size <= size) return false
    for (let number = kept; number >= 1; number--) {
      const from = number === 1 ? name : `${name}.${number - 1}`
      ifThere(() => renameSync(at(directory, from), at(directory, `${name}.${number}`)))
    }
    return true
  } finally {
    closeSync(directory)
  }
}

/** The answer of a call; null where a name is not there, or somebody else's folder or link is in its place. */
function ifThere<T>(call: () => T): T | null {
  try {
    return call()
  } catch (error) {
    if (isMissing(error) || ['ELOOP', 'EISDIR', 'ENOTEMPTY'].includes(errorCode(error) ?? '')) return null
    throw error
  }
}
