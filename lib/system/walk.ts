import { closeSync, constants, fstatSync, opendirSync, openSync, type Dirent, type Stats } from 'node:fs'
import { setImmediate as breathe } from 'node:timers/promises'
import { errorCode, isMissing } from './files.ts'

/** Names a thing without opening it: no fifo blocks, no device notices (open(2)). Node has no name for it. */
export const O_PATH = 0x200000
const PIN = O_PATH | constants.O_NOFOLLOW
export const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/** The path of what a descriptor is open at. */
export const itself = (descriptor: number): string => `/proc/self/fd/${descriptor}`

/** The path of a name in an open directory: with O_NOFOLLOW what openat(2) does. */
export const at = (directory: number, name: Buffer | string): Buffer =>
  Buffer.concat([Buffer.from(`${itself(directory)}/`), Buffer.from(name)])

/** One thing in a tree. `pin` stays the same thing, whatever happens to its name; it is closed after the visit. */
export interface Entry {
  /** The open directory it was found in. */
  directory: number
  name: Buffer
  pin: number
  stats: Stats
  /** Whether it is the tree itself. */
  top: boolean
}

/** Called with a few entries at a time, a directory always before what is in it. */
export type Visit = (entries: readonly Entry[]) => Promise<void> | void

/** Number of entries that are visited together; other work runs in between. */
const BATCH = 128

interface Level {
  dev: number
  ino: number
  /** The directories in it that are still to be walked. */
  folders: { name: Buffer; dev: number; ino: number }[]
}

/** Opens something that may have gone, or become something else, meanwhile: null then. */
function tryOpen(path: string | Buffer, flags: number): number | null {
  try {
    return openSync(path, flags)
  } catch (error) {
    if (isMissing(error) || errorCode(error) === 'ELOOP') return null
    throw error
  }
}

/**
 * Walks a tree from the top down, never out of it by a link and never onto another file system. The top's own path
 * must be root's. Nothing happens where there is no directory. Two descriptors suffice, however deep it is.
 */
export async function walk(path: string, visit: Visit): Promise<void> {
  const top = tryOpen(path, FOLDER)
  if (top === null) return
  const levels: Level[] = []
  let current = top
  try {
    const stats = fstatSync(top)
    await visit([{ directory: top, name: Buffer.from('.'), pin: top, stats, top: true }])
    levels.push(await list(top, stats, visit))
    for (let level = levels.at(-1); level; level = levels.at(-1)) {
      const folder = level.folders.pop()
      const next = folder ? enter(current, folder) : climb(current, levels)
      if (next === null) continue
      closeSync(current)
      current = next
      if (folder) levels.push(await list(current, folder, visit))
    }
  } finally {
    closeSync(current)
  }
}

/** A directory that was exchanged since it was visited is left. */
function enter(current: number, { name, dev, ino }: Level['folders'][number]): number | null {
  const child = tryOpen(at(current, name), FOLDER)
  if (child === null) return null
  const stats = fstatSync(child)
  if (stats.dev === dev && stats.ino === ino) return child
  closeSync(child)
  return null
}

/** Goes back up; null from the top. A directory that was moved elsewhere meanwhile has another parent. */
function climb(current: number, levels: Level[]): number | null {
  levels.pop()
  const above = levels.at(-1)
  if (!above) return null
  const parent = openSync(at(current, '..'), FOLDER)
  const { dev, ino } = fstatSync(parent)
  if (dev === above.dev && ino === above.ino) return parent
  closeSync(parent)
  throw new Error('A directory was moved while its tree was walked')
}

async function list(directory: number, { dev, ino }: Pick<Stats, 'dev' | 'ino'>, visit: Visit): Promise<Level> {
  const folders: Level['folders'] = []
  const names = opendirSync(itself(directory), { encoding: 'buffer' as BufferEncoding, bufferSize: BATCH })
  const visitAll = async (entries: Entry[]) => {
    try {
      await visit(entries)
      for (const { name, stats } of entries) if (stats.isDirectory()) folders.push({ name, dev, ino: stats.ino })
    } finally {
      for (const { pin } of entries.splice(0)) closeSync(pin)
    }
    await breathe()
  }
  const entries: Entry[] = []
  try {
    for (let found = names.readSync(); found; found = names.readSync()) {
      const name = (found as unknown as Dirent<Buffer>).name
      const pin = tryOpen(at(directory, name), PIN)
      if (pin === null) continue
      const stats = fstatSync(pin)
      // Mounts are root's own work.
      if (stats.isDirectory() && stats.dev !== dev) closeSync(pin)
      else entries.push({ directory, name, pin, stats, top: false })
      if (entries.length === BATCH) await visitAll(entries)
    }
    await visitAll(entries)
  } finally {
    for (const { pin } of entries) closeSync(pin)
    names.closeSync()
  }
  return { dev, ino, folders }
}
