import { ensureDirectory, inspect } from '../../system/files.ts'
import { passwd } from '../../system/passwd.ts'
import { giveTree, removeTree } from '../../system/tree.ts'
import { accessOf, accessSummary, ownership, sameAccess } from './access.ts'
import type { DirectoryState, Kind } from './resource.ts'

export const directory: Kind<DirectoryState> = {
  async read(name) {
    const stats = await inspect(name)
    return stats?.isDirectory() ? accessOf(stats) : null
  },

  /** Removes only as the undo of a creation a moment ago. When the owner changes, everything inside changes too. */
  async set(name, before, after) {
    if (!after) return removeTree(name)
    const wanted = ownership(after)
    if (!before || before.owner === after.owner || !after.contents) return ensureDirectory(name, wanted)
    const left = await giveTree(name, { from: passwd.uid(before.owner), ...wanted, contents: after.contents })
    await ensureDirectory(name, wanted)
    if (left.length > 0) {
      console.error(`Left as it was in ${name}, as it may be somebody else's: ${left.slice(0, 20).join(', ')}`)
    }
  },

  same: sameAccess,
  summary: accessSummary,
}
