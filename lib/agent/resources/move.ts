import { inspect, move as rename } from '../../system/files.ts'
import type { Kind, TreeState } from './resource.ts'

/** A file or directory that gets another name beside its own. Both are entries of directories that only root writes. */
export const move: Kind<TreeState> = {
  async read(name, wanted) {
    return (await inspect(name)) ? { at: name } : wanted
  },
  async set(_name, before, after) {
    if (!before || !after || !(await inspect(before.at))) return
    if (await inspect(after.at)) throw new Error(`There is something new at ${after.at}; ${before.at} stays there`)
    await rename(before.at, after.at)
  },
  same: (before, after) => before.at === after.at,
  summary: (_before, after) => `to ${after?.at}`,
}
