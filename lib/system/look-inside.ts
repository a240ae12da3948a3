import { closeSync, constants, fstatSync, openSync, readlinkSync, type Stats } from 'node:fs'
import { errorCode, isMissing } from './files.ts'
import { at, FOLDER, itself, O_PATH } from './walk.ts'

/** How a way into a directory ends: at a directory, or at a name that is no way. */
export type Found = 'directory' | 'missing' | 'file' | 'foreign' | 'outside'
type Nowhere = Exclude<Found, 'directory'>

export interface Look {
  found: Found
  /** How many of the names were gone through. */
  depth: number
  /** Where it really is; the last directory on the way when there is none. */
  path: string
}

/** Where a way may not leave, and how many links it may still follow. */
interface Way {
  base: string
  links: number
}

/** As many as the kernel follows (path_resolution(7)). */
const MOST_LINKS = 40

/**
 * Follows names from a directory of root's, as nginx does that follows links of their targets' owner only, but never
 * out of it: of what leads out nothing is looked at, so that the answer tells nothing of it. Opens nothing for reading,
 * so that nothing blocks; looks only, and holds what it looks at.
 */
export function lookInside(base: string, names: readonly string[]): Look {
  const way = { base, links: MOST_LINKS }
  let current = openSync(base, FOLDER)
  try {
    for (const [depth, name] of names.entries()) {
      const next = enter(current, name, way)
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
function enter(directory: number, name: string, way: Way): number | Nowhere {
  if (name === '..' && pathOf(directory) === way.base) return 'outside'
  const pin = open(at(directory, name), constants.O_NOFOLLOW)
  if (typeof pin === 'string') return pin
  const stats = fstatSync(pin)
  if (stats.isDirectory() && isInside(pin, way)) return pin
  closeSync(pin)
  if (stats.isDirectory()) return 'outside'
  return stats.isSymbolicLink() ? follow(directory, name, stats, way) : 'file'
}

/** Folders may be moved while they are looked at. */
function isInside(descriptor: number, { base }: Way): boolean {
  const path = pathOf(descriptor)
  return path === base || path.startsWith(`${base}/`)
}

function follow(directory: number, name: string, link: Stats, way: Way): number | Nowhere {
  const target = way.links-- > 0 ? targetOf(directory, name) : null
  const end = target === null ? 'missing' : walkTo(directory, target, way)
  if (typeof end === 'string' || fstatSync(end).uid === link.uid) return end
  closeSync(end)
  return 'foreign'
}

/** Goes where a link leads, a name at a time. */
function walkTo(directory: number, target: string, way: Way): number | Nowhere {
  const names = namesInside(target, way.base)
  if (!names) return 'outside'
  let current: number | Nowhere = openSync(target.startsWith('/') ? way.base : itself(directory), O_PATH)
  for (const name of names) {
    if (typeof current === 'string') break
    const next: number | Nowhere = enter(current, name, way)
    closeSync(current)
    current = next
  }
  return current
}

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.')

/** The names that a link's target has below the base, or from where the link is; null when it begins elsewhere. */
function namesInside(target: string, base: string): string[] | null {
  const [names, above] = [partsOf(target), partsOf(base)]
  if (!target.startsWith('/')) return names
  return above.every((part, depth) => part === names[depth]) ? names.slice(above.length) : null
}

function targetOf(directory: number, name: string): string | null {
  try {
    return readlinkSync(at(directory, name))
  } catch (error) {
    if (isMissing(error) || errorCode(error) === 'EINVAL') return null
    throw error
  }
}

function open(path: Buffer, flags: number): number | 'missing' | 'file' {
  try {
    return openSync(path, O_PATH | flags)
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') return 'file'
    if (isMissing(error) || errorCode(error) === 'ELOOP' || errorCode(error) === 'ENAMETOOLONG') return 'missing'
    throw error
  }
}
