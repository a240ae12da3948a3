import { chmodTree, chownTree, ensureDirectory, inspect, removeTree, setGroupIdOnDirectories } from '../../system/files.ts'
import type { DirectoryState, Kind } from '../resource.ts'
import { accessOf, accessSummary, ownership, sameAccess } from './access.ts'

const SETGID = 0o2000

export const directory: Kind<DirectoryState> = {
  async read(name) {
    const stats = await inspect(name)
    return stats?.isDirectory() ? accessOf(stats) : null
  },

  /**
   * Removing is only ever the undo of a creation a moment ago. When the owner changes, the tree is
   * given away first: from then on nobody who could swap a directory for a link is its owner.
   */
  async set(name, before, after) {
    if (!after) return removeTree(name)
    const wanted = ownership(after)
    if (before && before.owner !== after.owner && after.contents) {
      await chownTree(name, wanted.uid, wanted.gid)
      await chmodTree(name, after.contents)
      if (after.mode & SETGID) await setGroupIdOnDirectories(name)
    }
    await ensureDirectory(name, wanted)
  },

  same: sameAccess,
  summary: accessSummary,
}
