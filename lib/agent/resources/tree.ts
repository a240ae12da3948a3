import { basename, dirname } from 'node:path'
import { ensureDirectory, inspect, move } from '../../system/files.ts'
import { removeTree } from '../../system/tree.ts'
import type { Kind, TreeState } from './resource.ts'

/** A directory that is deleted by moving it away, so that it can come back. */
export const tree: Kind<TreeState> = {
  async read(name, wanted) {
    return (await inspect(name)) ? { at: name } : wanted
  },
  async set(name, before, after) {
    if (!before || !after || !(await inspect(before.at))) return
    if (after.at === name) return restore(before.at, name)
    await ensureDirectory(dirname(after.at), { uid: 0, gid: 0, mode: 0o700 })
    // One of before, on its way out.
    if (isDoomed(after)) await removeTree(after.at)
    await move(before.at, after.at)
  },
  same: (before, after) => before.at === after.at,
  summary: (_before, after) =>
    after && isDoomed(after) ? 'delete for good' : `move to ${after?.at}, kept for 30 days`,
}

const isDoomed = ({ at }: TreeState): boolean => basename(at).startsWith('purge-')

/** Moving over something that came since would remove it. */
async function restore(from: string, name: string): Promise<void> {
  if (await inspect(name)) throw new Error(`There is something new at ${name}; what was there is ${from}`)
  await move(from, name)
}
