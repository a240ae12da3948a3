import { kindOf } from './kinds.ts'
import { takenBy } from './place.ts'
import type { Delta, Resource } from './resource.ts'

/** Finds what has to change for a resource to be as desired; null when it already is. */
export async function difference(resource: Resource): Promise<Delta | null> {
  const kind = kindOf(resource.kind)
  const { seed: _, state: after, ...rest } = resource
  const taken = await takenBy(resource)
  if (taken) return { ...rest, before: null, after, taken } as Delta
  const before = await kind.read(resource.name, after)
  if (before === null ? after === null : after !== null && kind.same(before, after)) return null
  return { ...rest, before, after } as Delta
}

/** Makes a delta true. Doing it twice is harmless. */
export const apply = (delta: Delta): Promise<void> => kindOf(delta.kind).set(delta.name, delta.before, delta.after)

/** Rolls a delta back, wherever it stopped. Leaves what somebody has put in its place since. */
export async function undo(delta: Delta): Promise<void> {
  const taken = await takenBy(delta)
  if (taken) throw new Error(`There is ${taken} now, which was left`)
  await kindOf(delta.kind).set(delta.name, delta.after, delta.before)
}
