import { randomBytes } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { chmod, lchown, lstat, mkdir, open, readdir, readlink, rename, rmdir, statfs, symlink, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { attempt, run } from './run.ts'

/** Numeric owner and permission bits of something on disk. */
export interface Ownership {
  uid: number
  gid: number
  mode: number
}

export const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')

export const errorCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code

/** What is at a path, links not followed; null when nothing is. */
export async function inspect(path: string): Promise<Stats | null> {
  try {
    return await lstat(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** Bytes on disk of each of these trees; 0 for one that is not there. Links are not followed. */
export async function sizesOf(paths: readonly string[]): Promise<number[]> {
  const { stdout } = await attempt(['du', '--summarize', '--block-size=1', '--null', '--', ...paths], { timeout: 600 })
  const sizes = new Map(stdout.split('\0').filter(Boolean).map((line) => [line.slice(line.indexOf('\t') + 1), Number(line.slice(0, line.indexOf('\t')))]))
  return paths.map((path) => sizes.get(path) ?? 0)
}

/** What is left of the disk a path is on, for those who are not root (bytes). */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}

/** A file's text, or null when there is no plain file. A link is never followed. */
export async function readText(path: string): Promise<string | null> {
  const stats = await inspect(path)
  if (!stats?.isFile()) return null
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    return await handle.readFile('utf8')
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
export async function writeAtomically(path: string, content: string, owner: Ownership, durable = false): Promise<void> {
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
export async function overwrite(path: string, content: string, owner: Ownership): Promise<void> {
  const handle = await open(path, constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW)
  try {
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
  const stats = await lstat(path)
  if (!stats.isDirectory()) throw new Error(`${path} is not a directory`)
  await lchown(path, owner.uid, owner.gid)
  await chmod(path, owner.mode)
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

/** Removes a tree. */
export const removeTree = (path: string): Promise<void> => removeTrees([path])

/** Removes trees with one command. GNU rm walks them by descriptors, so a directory swapped for a link meanwhile is not followed. */
export async function removeTrees(paths: readonly string[]): Promise<void> {
  const there: string[] = []
  for (const path of paths) if (await inspect(path)) there.push(path)
  if (there.length > 0) await run(['rm', '-rf', '--one-file-system', '--', ...there], { timeout: 3600 })
}

/** Gives a whole tree to an owner, links themselves and not what they point at (fchownat, no path walk). */
export async function chownTree(path: string, uid: number, gid: number): Promise<void> {
  await run(['chown', '-R', '-h', '-P', '--', `${uid}:${gid}`, path], { timeout: 3600 })
}

/** Sets the modes of a whole tree in chmod's own words, e.g. `u=rwX,g=rXs,o=`. */
export async function chmodTree(path: string, modes: string): Promise<void> {
  await run(['chmod', '-R', '--', modes, path], { timeout: 3600 })
}

/** The names in a directory, none when it does not exist. */
export async function listDirectory(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** Sets the set-group-id bit on every directory of a tree. Only for trees nobody else may write to. */
export async function setGroupIdOnDirectories(path: string): Promise<void> {
  await run(['find', '-P', path, '-type', 'd', '-exec', 'chmod', 'g+s', '--', '{}', '+'], { timeout: 3600 })
}
