import { dirname } from 'node:path'
import { ensureDirectory, inspect, move } from '../../system/files.ts'
import type { Kind, TreeState } from './resource.ts'

/** A directory that is deleted by moving it away, so that it can come back. */
export const tree: Kind<TreeState> = {
  async read(name, wanted) {
    return (await inspect(name)) ? { at: name } : wanted
  },
  async set(_name, before, after) {
    if (!before || !after || !(await inspect(before.at))) return
    if (after.at !== _name) await ensureDirectory(dirname(after.at), { uid: 0, gid: 0, mode: 0o700 })
    await move(before.at, after.at)
  },
  same: (before, after) => before.at === after.at,
  summary: (_before, after) =>
    after?.at.includes('/.trash/purge-') ? 'delete for good' : `move to ${after?.at}, kept for 30 days`,
}
