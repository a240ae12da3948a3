import { fstatSync } from 'node:fs'
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
  /** Group of nginx, which is in the site's group too; null: nginx does not read this folder. */
  web: number | null
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
  const [own, web] = type === 'd' ? [5, 1] : [4, 4]
  if (((mode >> 6) & own) !== own) return 'closed'
  const share = gid === folder.gid || gid === folder.web ? mode >> 3 : mode
  return folder.web !== null && (share & web) !== web && !isPrivate(path, folder.php) ? 'hidden' : null
}

/** Whether nginx never reads a file: names that begin with a dot, and scripts (lib/drivers/nginx/server.conf.ts). */
const isPrivate = (path: string, php: boolean): boolean =>
  /(^|\/)\.(?!$|well-known(\/|$))/.test(path) || (php && path.endsWith('.php'))

/** Finds what may have a fault with find's own tests, so that the files that are well are not even named. */
function suspects({ uid, gid, web }: SiteFolder): string[] {
  const groups = ['(', '-gid', String(gid), ...(web === null ? [] : ['-o', '-gid', String(web)]), ')']
  const unreadable = (bit: string) => [
    ...['(', ...groups, '!', '-perm', `-g=${bit}`, '-o'],
    ...['!', ...groups, '!', '-perm', `-o=${bit}`, ')'],
  ]
  const faulty = (type: string, own: string, bit: string) => [
    ...['(', '-type', type, '(', '!', '-perm', `-u=${own}`],
    ...(web === null ? [] : ['-o', ...unreadable(bit)]),
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
 * Gives a site's user what is in its folder, and opens to nginx what it has to read, from the top down. A mode only
 * gains rights. What may be somebody else's is left: devices, and files with another name. Answers how many were
 * repaired and left.
 */
export async function repairProblems(
  folder: SiteFolder,
  end?: AbortSignal,
): Promise<{ repaired: number; left: number }> {
  const done = { repaired: 0, left: 0 }
  const pathOf = paths()
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

/** Answers the paths of entries as far as it matters: their names, within a hidden folder or not. */
function paths(): (entry: Entry) => string {
  const hidden = new Set<number>()
  return ({ directory, name, stats }) => {
    const path = (hidden.has(fstatSync(directory).ino) ? '.hidden/' : '') + name.toString()
    if (stats.isDirectory() && isPrivate(path, false)) hidden.add(stats.ino)
    return path
  }
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

function repair(entry: Entry, facts: Facts, { uid, gid, web, php }: SiteFolder): void {
  const opens = web !== null && !isPrivate(facts.path, php)
  const [own, shared] = facts.type === 'd' ? [0o700, 0o050] : [0o600, 0o040]
  give(entry, uid, gid, (facts.mode & 0o1777) | own | (opens ? shared : 0))
}
