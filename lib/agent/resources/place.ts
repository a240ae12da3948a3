import type { Stats } from 'node:fs'
import { PanelError } from '../../model/errors.ts'
import { inspect } from '../../system/files.ts'
import { kindOf } from './kinds.ts'
import type { Delta, KindName, Resource, Thing } from './resource.ts'

/*
 * The place of a resource may hold a thing of another kind: a link where a folder is to be. That is somebody's, so it
 * is never taken for nothing: a change of it is refused, and a rollback leaves it.
 */

/** Names what a path holds. */
function thingOf(stats: Stats): Thing {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFile()) return 'a file'
  if (stats.isSymbolicLink()) return 'a symbolic link'
  if (stats.isSocket()) return 'a socket'
  return stats.isFIFO() ? 'a named pipe' : 'a device'
}

const pathOf = ({ kind, name }: Pick<Resource, 'kind' | 'name'>): string => kindOf(kind).path?.(name) ?? name

/** Finds what takes the place of a resource and is none of its kind; null: nothing does. */
export async function takenBy(resource: Pick<Resource, 'kind' | 'name'>): Promise<Thing | null> {
  const { things } = kindOf(resource.kind)
  const stats = things && (await inspect(pathOf(resource)))
  if (!stats || things.includes(thingOf(stats))) return null
  return thingOf(stats)
}

const placeOf = (kind: KindName): string => kindOf(kind).things![0]!

/** Says what is in the way. */
export const takenText = ({ kind, taken }: Delta): string => `is ${taken}, and has to be ${placeOf(kind)}: move it away`

/** Throws `path_taken` for the first delta whose place another kind of thing takes. */
export function refuseTaken(deltas: readonly Delta[], done = 'Nothing was changed'): void {
  const delta = deltas.find(({ taken }) => taken)
  if (!delta) return
  throw new PanelError(
    'path_taken',
    409,
    `${pathOf(delta)} is ${delta.taken}, and has to be ${placeOf(delta.kind)}. ${done}. Move it to another place, ` +
      'and try again',
  )
}

/** Splits off the deltas whose place is taken, with those inside of such a place. */
export function splitTaken(deltas: readonly Delta[]): { taken: Delta[]; free: Delta[] } {
  const taken = deltas.filter((delta) => delta.taken)
  const isInside = ({ name }: Delta) => taken.some((other) => name.startsWith(`${other.name}/`))
  return { taken, free: deltas.filter((delta) => !delta.taken && !isInside(delta)) }
}
