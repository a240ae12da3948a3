import { fstatSync } from 'node:fs'
import { waysTo } from '../model/apps/static.ts'
import { PanelError } from '../model/errors.ts'
import type { FileProblem, FileProblems } from '../model/sites/file-problems.ts'
import { give, isGivable } from './give.ts'
import { attempt, type Argv } from './run.ts'
import { reader } from './tree.ts'
import { walk, type Entry } from './walk.ts'

/** A site's folder, and those who have to reach what is in it. */
export interface SiteFolder {
  root: string
  uid: number
  gid: number
  /** Group of nginx, which is in the site's group too. */
  web: number
  /** The folders in it that nginx reads, by their paths in it: '' is the whole. The rest is the site's own affair. */
  served: readonly string[]
  /** Whether nginx hands the site's scripts to PHP, and need not read them. */
  php: boolean
}

/** Number of examples that are told. */
const EXAMPLES = 20

interface Facts {
  type: string
  uid: number
  gid: number
  mode: number
  path: string
}

/** Judges one file; null: all is well. Pure. */
export function problemOf({ type, uid, gid, mode, path }: Facts, folder: SiteFolder): FileProblem | null {
  if (uid !== folder.uid) return 'owner'
  if (type !== 'd' && type !== 'f') return null
  const own = type === 'd' ? 5 : 4
  if (((mode >> 6) & own) !== own) return 'closed'
  const share = gid === folder.gid || gid === folder.web ? mode >> 3 : mode
  const web = needOf({ type, path }, folder) & (type === 'd' ? 1 : 4)
  return (share & web) !== web ? 'hidden' : null
}

/** Rights that nginx needs of a file: it reads what it serves, and passes the folders on the way there. Pure. */
function needOf({ type, path }: Pick<Facts, 'type' | 'path'>, folder: SiteFolder): number {
  const within = servedWith(path, folder)
  if (within !== undefined) return isPrivate(path.slice(within.length), folder.php) ? 0 : 5
  return type === 'd' && waysOf(folder.served).includes(path || '.') ? 1 : 0
}

/** Finds the folder that nginx reads a path in. */
const servedWith = (path: string, { served }: SiteFolder): string | undefined =>
  served.find((one) => one === '' || `${path}/`.startsWith(`${one}/`))

const waysOf = (served: readonly string[]): string[] => [...new Set(served.flatMap(waysTo))]

/**
 * Whether nginx never opens a file: names that begin with a dot, and scripts (lib/drivers/nginx/content.conf.ts), those
 * excepted that answer for their folder.
 */
const isPrivate = (path: string, php: boolean): boolean =>
  /(^|\/)\.(?!$|well-known(\/|$))/.test(path) || (php && path.endsWith('.php') && !/(^|\/)index\.php$/.test(path))

/** Finds what may have a fault with find's own tests, so that the files that are well are not even named. */
function suspects({ root, uid, gid, web, served }: SiteFolder): string[] {
  const groups = ['(', '-gid', String(gid), '-o', '-gid', String(web), ')']
  const places = [...waysOf(served), ...served.flatMap((one) => [one || '.', one ? `${one}/*` : '*'])]
  const read = places.flatMap((one, index) => [
    ...(index > 0 ? ['-o'] : []),
    ...['-path', one === '.' ? root : `${root}/${one}`],
  ])
  const faulty = (type: string, own: string, bit: string) => [
    ...['(', '-type', type, '(', '!', '-perm', `-u=${own}`],
    ...(read.length === 0 ? [] : ['-o', '(', ...read, ')', '(']),
    ...(read.length === 0 ? [] : [...groups, '!', '-perm', `-g=${bit}`, '-o', '!', ...groups]),
    ...(read.length === 0 ? [] : ['!', '-perm', `-o=${bit}`, ')']),
    ...[')', ')'],
  ]
  return ['!', '-uid', String(uid), '-o', ...faulty('d', 'rx', 'x'), '-o', ...faulty('f', 'r', 'r')]
}

const line = String.raw`%y %U %G %m %P\n`

/**
 * Looks for faults in a site's folder, as a user who may read everything and change nothing; follows no link. Throws
 * PanelError `command_failed` when the look did not come to its end.
 */
export async function findProblems(folder: SiteFolder): Promise<FileProblems> {
  const found: FileProblems = { count: 0, examples: [] }
  const tests = ['-xdev', '(', ...suspects(folder), ')', '-printf', line]
  const { code, stderr } = await attempt([...reader, 'find', folder.root, ...tests] as unknown as Argv, {
    timeout: 600,
    onLine: (text) => note(text, folder, found),
  })
  // find ends with 1 when something was gone by the time it came there, or the folder itself is.
  if (code > 1) {
    const message = `The files of ${folder.root} could not be searched: ${stderr.trim()}. Correct that, and look again`
    throw new PanelError('command_failed', 500, message)
  }
  return found
}

function note(text: string, folder: SiteFolder, found: FileProblems): void {
  const [, type, uid, gid, mode, path] = /^([a-zD]) (\d+) (\d+) ([0-7]+) (.*)$/.exec(text) ?? []
  if (path === undefined) return
  const facts = { type: type!, uid: Number(uid), gid: Number(gid), mode: Number.parseInt(mode!, 8), path }
  const problem = problemOf(facts, folder)
  if (!problem) return
  found.count++
  if (found.examples.length < EXAMPLES) found.examples.push({ path: path || '.', problem })
}

/**
 * Gives a site's user what is in its folder, and opens to nginx what it serves, from the top down. A mode only
 * gains rights. What may be somebody else's is left: devices, and files with another name. Answers how many were
 * repaired and left.
 */
export async function repairProblems(
  folder: SiteFolder,
  end?: AbortSignal,
): Promise<{ repaired: number; left: number }> {
  const done = { repaired: 0, left: 0 }
  const pathOf = paths(folder)
  await walk(folder.root, (entries) => {
    end?.throwIfAborted()
    for (const entry of entries) {
      const facts = factsOf(entry, pathOf(entry))
      if (!problemOf(facts, folder)) continue
      if (isRepairable(entry, folder)) repair(entry, facts, folder)
      done[isRepairable(entry, folder) ? 'repaired' : 'left']++
    }
  })
  return done
}

/** Path of a folder outside of all that nginx reads: no name begins so. */
const OUTSIDE = '/'

/** Answers the paths of entries as far as it matters; a directory comes before what is in it. */
function paths(folder: SiteFolder): (entry: Entry) => string {
  const usual = folder.served[0] ?? OUTSIDE
  const others = new Map<number, string>()
  return ({ directory, name, stats, top }) => {
    const above = top ? '' : (others.get(fstatSync(directory).ino) ?? usual)
    const path = top ? '' : (above && `${above}/`) + name.toString()
    const short = stats.isDirectory() ? shorten(path, folder) : usual
    if (short !== usual) others.set(stats.ino, short)
    return path
  }
}

/** Shortens a directory's path, so that those of a large tree are few. */
function shorten(path: string, folder: SiteFolder): string {
  const within = servedWith(path, folder)
  if (within !== undefined) return isPrivate(path.slice(within.length), false) ? `${within}/.` : within
  return needOf({ type: 'd', path }, folder) > 0 ? path : OUTSIDE
}

const isRepairable = (entry: Entry, { uid }: SiteFolder): boolean =>
  !entry.top && 'dfl'.includes(typeOf(entry)) && isGivable(entry, { from: uid, uid })

const typeOf = ({ stats }: Entry): string =>
  stats.isDirectory() ? 'd' : stats.isFile() ? 'f' : stats.isSymbolicLink() ? 'l' : '?'

const factsOf = (entry: Entry, path: string): Facts => ({
  type: typeOf(entry),
  uid: entry.stats.uid,
  gid: entry.stats.gid,
  mode: entry.stats.mode & 0o7777,
  path,
})

function repair(entry: Entry, facts: Facts, folder: SiteFolder): void {
  const need = needOf(facts, folder)
  const [own, shared] = facts.type === 'd' ? [0o700, need] : [0o600, need & 4]
  give(entry, folder.uid, folder.gid, (facts.mode & 0o1777) | own | (shared << 3))
}
