import { randomBytes } from 'node:crypto'
import { constants, type Stats, fstatSync } from 'node:fs'
import { lstat, mkdir, open, readdir, readlink, rename, rmdir, statfs, symlink, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Numeric owner and permission bits of something on disk. */
export interface Ownership {
  uid: number
  gid: number
  mode: number
}

export const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')

export const errorCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code

/** Reads the thing at a path without following links; null when there is nothing. */
export async function inspect(path: string): Promise<Stats | null> {
  try {
    return await lstat(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** Reads the free space of a path's disk, for users who are not root (bytes). */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}

/** A file's text, or null when there is no plain file. A link is never followed. */
export const readText = async (path: string): Promise<string | null> => (await readBytes(path))?.toString() ?? null

/** The same in bytes. */
export async function readBytes(path: string): Promise<Buffer | null> {
  if (!(await inspect(path))?.isFile()) return null
  // It may have become a fifo since.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    return (await handle.stat()).isFile() ? await handle.readFile() : null
  } finally {
    await handle.close()
  }
}

/** Where a symbolic link points, or null when there is none. */
export async function readLink(path: string): Promise<string | null> {
  const stats = await inspect(path)
  return stats?.isSymbolicLink() ? await readlink(path) : null
}

/**
 * Replaces a file in one step: readers see the old text or the new one, never a part.
 * The name of the unfinished file begins with a dot, so that no `include *` takes it up.
 */
export async function writeAtomically(
  path: string,
  content: string | Buffer,
  owner: Ownership,
  durable = false,
): Promise<void> {
  const unfinished = join(dirname(path), `.${basename(path).slice(0, 200)}.${randomBytes(6).toString('hex')}`)
  try {
    const handle = await open(unfinished, 'wx', 0o600)
    try {
      await handle.writeFile(content)
      await handle.chown(owner.uid, owner.gid)
      await handle.chmod(owner.mode)
      if (durable) await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(unfinished, path)
  } catch (error) {
    await removeFile(unfinished)
    throw error
  }
}

/**
 * Writes over a file where it is. Only for putting an old text back onto a full disk,
 * where a second copy has no room.
 */
export async function overwrite(path: string, content: string | Buffer, owner: Ownership): Promise<void> {
  const handle = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stats = await handle.stat()
    // A file with a second name may belong to somebody else.
    if (!stats.isFile() || stats.nlink > 1) throw new Error(`${path} is not a file of its own`)
    await handle.truncate()
    await handle.writeFile(content)
    await handle.chown(owner.uid, owner.gid)
    await handle.chmod(owner.mode)
  } finally {
    await handle.close()
  }
}

export async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (!isMissing(error)) throw error
  })
}

/** Makes a directory, or sets the owner and mode of the one that is there. Its parent must be root's. */
export async function ensureDirectory(path: string, owner: Ownership): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error
  })
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
  const handle = await open(path, flags).catch((error: unknown) => {
    const isOther = ['ENOTDIR', 'ELOOP'].includes(errorCode(error) ?? '')
    throw isOther ? new Error(`${path} is not a directory`) : error
  })
  try {
    await handle.chown(owner.uid, owner.gid)
    await handle.chmod(owner.mode)
  } finally {
    await handle.close()
  }
}

/**
 * Makes a directory with others in it, one in the other. Nobody but root can enter until all of them are there: they
 * are given away from the inside out. Its parent must be root's.
 */
export async function makeNested(path: string, inside: readonly string[], owner: Ownership): Promise<void> {
  const all = inside.reduce((made, name) => [...made, `${made.at(-1)}/${name}`], [path])
  for (const directory of all) await mkdir(directory, { mode: 0o700 })
  for (const directory of all.reverse()) await ensureDirectory(directory, owner)
}

/** Points a link somewhere in one step. */
export async function writeLink(path: string, target: string): Promise<void> {
  const unfinished = join(dirname(path), `.${basename(path).slice(0, 200)}.${randomBytes(6).toString('hex')}`)
  await symlink(target, unfinished)
  await rename(unfinished, path)
}

/** Removes a directory that is empty by now. */
export const removeDirectory = (path: string): Promise<void> => rmdir(path)

export const move = (from: string, to: string): Promise<void> => rename(from, to)

/** The names in a directory, none when it does not exist. */
export async function listDirectory(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** The size of an open file (bytes). */
export const sizeOf = (descriptor: number): number => fstatSync(descriptor).size
