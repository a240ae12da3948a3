import { chmodSync, closeSync, constants, openSync, readSync, unlinkSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { noteAccess } from './access-record.ts'
import { inspect, isMissing } from './files.ts'
import { give, isGivable, isNoLink, modeBy, SETGID } from './give.ts'
import { attempt, run } from './run.ts'
import { at, FOLDER, itself, O_PATH, walk, type Entry } from './walk.ts'

/*
 * Everything root does inside a tree that somebody else can write. Such a tree changes while it is walked: a file
 * becomes a link to /etc/shadow between a look and an act. So nothing here acts by a path below the top. The kernel
 * gets an open directory and one name in it (walk.ts), never follows a link there, and acts on descriptors only.
 */

const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** How a tree is given to another owner. */
export interface Gift {
  /** User id of the former owner. */
  from: number
  uid: number
  gid: number
  /** Mode of the top itself. */
  mode: number
  /** chmod's words for what is inside: `u=rwX,g=rX,o=`. Directories get the set-group-id bit that the top has. */
  contents: string
  /** File that notes what was before. */
  record?: string
}

/**
 * Gives a tree to another owner, from the top down: a directory is taken before it is listed, so its old owner can put
 * nothing more into it, and one pass is complete. A file with a second name may be somebody else's, so it is left as
 * it was, unless the former owner owned it. Devices are left too. Answers what was left.
 */
export async function giveTree(path: string, gift: Gift): Promise<string[]> {
  const left: string[] = []
  const lists = accessLists()
  await walk(path, async (entries) => {
    const given = entries.filter((entry) => isGivable(entry, gift))
    left.push(...entries.filter((entry) => !given.includes(entry)).map(({ name }) => name.toString()))
    if (gift.record) noteAccess(gift.record, given)
    for (const entry of given) give(entry, gift.uid, gift.gid, modeOf(entry, gift))
    await lists.drop(given.filter(isNoLink).map((entry) => [entry.pin, modeOf(entry, gift)] as const))
  }).finally(lists.end)
  return [...left, ...lists.problems]
}

const modeOf = ({ stats, top }: Entry, { mode, contents }: Gift): number =>
  top ? mode : modeBy(contents, stats) | (stats.isDirectory() ? mode & SETGID : 0)

const withoutLists = ['setfacl', '--remove-all', '--remove-default', '--'] as const

/** Number of files that one command removes the lists from. */
const MANY = 128

/**
 * Removes access lists (acl(5)), which would stay after the owner that made them. Until then the mode keeps the users
 * on a list from writing. The mode is set again afterwards: with a list, its group bits are the list's limit.
 */
function accessLists() {
  const held: (readonly [pin: number, mode: number])[] = []
  const problems = new Set<string>()
  const flush = async () => {
    const some = held.splice(0)
    try {
      const { code, stderr } = await attempt([
        ...withoutLists,
        ...some.map(([pin]) => `/proc/${process.pid}/fd/${pin}`),
      ])
      if (code === 127) problems.add('access lists, as setfacl is missing')
      else {
        const told = stderr.split('\n').filter((line) => line && !line.endsWith('Operation not supported'))
        for (const line of told) problems.add(line)
      }
      for (const [pin, mode] of some) chmodSync(itself(pin), mode)
    } finally {
      for (const [pin] of some) closeSync(pin)
    }
  }
  return {
    problems,
    async drop(modes: readonly (readonly [pin: number, mode: number])[]) {
      for (const [pin, mode] of modes) held.push([openSync(itself(pin), O_PATH), mode])
      if (held.length >= MANY) await flush()
    },
    end: async () => void (held.length > 0 && (await flush())),
  }
}

/** The first bytes of a plain file that is being visited. */
export function readStart({ pin }: Entry, bytes: number): Buffer {
  const file = openSync(itself(pin), FILE & ~constants.O_NOFOLLOW)
  try {
    const buffer = Buffer.alloc(bytes)
    return buffer.subarray(0, readSync(file, buffer))
  } finally {
    closeSync(file)
  }
}

/** Removes a name that is being visited, even if it names another thing by now. */
export function removeEntry({ directory, name }: Entry): void {
  try {
    unlinkSync(at(directory, name))
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

/**
 * Opens a plain file by the names that lead to it from a directory of root's, never through a link. It has to belong to
 * `owner` and to have no other name, or it may be somebody else's. The caller closes it.
 */
export async function openInside(base: string, names: readonly string[], owner: number): Promise<FileHandle> {
  let directory = openSync(base, FOLDER)
  try {
    for (const name of names.slice(0, -1)) {
      const next = openSync(at(directory, name), FOLDER)
      closeSync(directory)
      directory = next
    }
    const handle = await open(at(directory, names.at(-1)!), FILE)
    const stats = await handle.stat()
    if (stats.isFile() && stats.uid === owner && stats.nlink === 1) return handle
    await handle.close()
    throw new Error(`${base}/${names.join('/')} is not a file of its owner’s`)
  } finally {
    closeSync(directory)
  }
}

/** The text of such a file; null when there is none. */
export async function readInside(base: string, names: readonly string[], owner: number): Promise<string | null> {
  const handle = await openInside(base, names, owner).catch((error: unknown) => {
    if (isMissing(error)) return null
    throw error
  })
  return handle && handle.readFile('utf8').finally(() => handle.close())
}

/** Removes a tree. */
export const removeTree = (path: string): Promise<void> => removeTrees([path])

/** Removes trees with one command. GNU rm walks them by descriptors, as this module does. */
export async function removeTrees(paths: readonly string[]): Promise<void> {
  const there: string[] = []
  for (const path of paths) if (await inspect(path)) there.push(path)
  if (there.length > 0) await run(['rm', '-rf', '--one-file-system', '--', ...there], { timeout: 3600 })
}

/** The user `nobody` with the right to read everything, and no other right. */
export const reader = [
  'setpriv',
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--no-new-privs',
  ...['inh-caps', 'ambient-caps', 'bounding-set'].map((set) => `--${set}=-all,+dac_read_search`),
  '--',
] as const

/** Bytes on disk of each of these trees; 0 for one that is not there. Links are not followed. */
export async function sizesOf(paths: readonly string[]): Promise<number[]> {
  const command = ['du', '--summarize', '--block-size=1', '--null', '--', ...paths]
  const { stdout } = await attempt([...reader, ...command], { timeout: 600 })
  const lines = stdout
    .split('\0')
    .filter(Boolean)
    .map((line) => [line, line.indexOf('\t')] as const)
  const sizes = new Map(lines.map(([line, tab]) => [line.slice(tab + 1), Number(line.slice(0, tab))]))
  return paths.map((path) => sizes.get(path) ?? 0)
}
