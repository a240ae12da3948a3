import { chmodSync, chownSync, type Stats } from 'node:fs'
import { itself, type Entry } from './walk.ts'

export const SETGID = 0o2000

/** Permission bits by chmod's words; X is x for directories and for what has it already. Pure. */
export function modeBy(words: string, stats: Pick<Stats, 'mode' | 'isDirectory'>): number {
  const executable = stats.isDirectory() || (stats.mode & 0o111) !== 0
  const bits: Record<string, number> = { r: 4, w: 2, X: executable ? 1 : 0 }
  const shares: Record<string, number> = { u: 64, g: 8, o: 1 }
  const sum = (letters: string, values: Record<string, number>) =>
    [...letters].reduce((all, one) => all + values[one]!, 0)
  return words
    .split(',')
    .map((word) => word.split('='))
    .reduce((mode, [who, what]) => mode + sum(who!, shares) * sum(what!, bits), 0)
}

export const isNoLink = ({ stats }: Entry): boolean => !stats.isSymbolicLink()

/** Whether root may give a thing away: a file with a second name may be somebody else's, unless its owner is known. */
export function isGivable({ stats, top }: Entry, { from, uid }: { from: number; uid: number }): boolean {
  if (top || stats.isDirectory()) return true
  if (stats.isBlockDevice() || stats.isCharacterDevice()) return false
  return stats.nlink === 1 || stats.uid === from || stats.uid === uid
}

/**
 * Sets the owner of a thing that is being visited, and then its mode, which its owner could change back. Runs at once:
 * a process may be reading it.
 */
export function give(entry: Entry, uid: number, gid: number, mode: number): void {
  chownSync(itself(entry.pin), uid, gid)
  if (isNoLink(entry)) chmodSync(itself(entry.pin), mode)
}
