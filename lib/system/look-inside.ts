import { closeSync, constants, fstatSync, openSync, readlinkSync, type Stats } from 'node:fs'
import { errorCode, isMissing } from './files.ts'
import { at, FOLDER, itself, O_PATH } from './walk.ts'

/** How a way into a directory ends: at a directory, or at a name that is no way. */
export type Found = 'directory' | 'missing' | 'file' | 'foreign' | 'outside'

export interface Look {
  found: Found
  /** How many of the names were gone through. */
  depth: number
  /** Where it really is; the last directory on the way when there is none. */
  path: string
}

/**
 * Follows names from a directory of root's, as nginx does that follows links of their targets' owner only, but never
 * out of it. Opens nothing for reading, so that nothing blocks; looks only, and holds what it looks at.
 */
export function lookInside(base: string, names: readonly string[]): Look {
  let current = openSync(base, FOLDER)
  try {
    for (const [depth, name] of names.entries()) {
      const next = enter(current, name, base)
      if (typeof next === 'string') return { found: next, depth, path: pathOf(current) }
      closeSync(current)
      current = next
    }
    return { found: 'directory', depth: names.length, path: pathOf(current) }
  } finally {
    closeSync(current)
  }
}

const pathOf = (descriptor: number): string => readlinkSync(itself(descriptor))

/** Opens what a name in a directory means; why not, where it leads nowhere. */
function enter(directory: number, name: string, base: string): number | Exclude<Found, 'directory'> {
  const pin = open(directory, name, constants.O_NOFOLLOW)
  if (typeof pin === 'string') return pin
  const stats = fstatSync(pin)
  if (stats.isDirectory()) return pin
  closeSync(pin)
  return stats.isSymbolicLink() ? follow(directory, name, base, stats) : 'file'
}

function follow(directory: number, name: string, base: string, link: Stats): number | Exclude<Found, 'directory'> {
  const target = open(directory, name, constants.O_DIRECTORY)
  if (typeof target === 'string') return target
  const problem = !pathOf(target).startsWith(`${base}/`)
    ? 'outside'
    : fstatSync(target).uid === link.uid
      ? null
      : 'foreign'
  if (problem) closeSync(target)
  return problem ?? target
}

function open(directory: number, name: string, flags: number): number | 'missing' | 'file' {
  try {
    return openSync(at(directory, name), O_PATH | flags)
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') return 'file'
    if (isMissing(error) || errorCode(error) === 'ELOOP') return 'missing'
    throw error
  }
}
