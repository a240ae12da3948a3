import { account } from './account.ts'
import { database } from './database.ts'
import { directory } from './directory.ts'
import { file } from './file.ts'
import { firewall } from './firewall.ts'
import { link } from './link.ts'
import { log } from './log.ts'
import { login } from './login.ts'
import type { Delta, Kind, KindName, Resource, States } from './resource.ts'
import { tree } from './tree.ts'
import { unit } from './unit.ts'

const kinds: { [K in KindName]: Kind<States[K]> } = {
  account,
  database,
  directory,
  file,
  firewall,
  link,
  log,
  login,
  tree,
  unit,
}

/** The handler of a kind. One cast, here, keeps every caller free of them. */
export const kindOf = (name: KindName): Kind<unknown> => kinds[name] as Kind<unknown>

/** Finds what has to change for a resource to be as desired; null when it already is. */
export async function difference(resource: Resource): Promise<Delta | null> {
  const kind = kindOf(resource.kind)
  const before = await kind.read(resource.name, resource.state)
  const after = resource.state
  if (before === null ? after === null : after !== null && kind.same(before, after)) return null
  const { seed: _, state: __, ...rest } = resource
  return { ...rest, before, after } as Delta
}

/** Makes a delta true. Doing it twice is harmless. */
export const apply = (delta: Delta): Promise<void> => kindOf(delta.kind).set(delta.name, delta.before, delta.after)

/** Takes a delta back, wherever in the middle it stopped. */
export const undo = (delta: Delta): Promise<void> => kindOf(delta.kind).set(delta.name, delta.after, delta.before)
