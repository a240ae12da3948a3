import { randomBytes } from 'node:crypto'
import { paths } from '../../model/paths.ts'
import { restoreAccess } from '../../system/access-record.ts'
import { ensureDirectory, inspect, makeNested } from '../../system/files.ts'
import { regroupTree } from '../../system/regroup.ts'
import { giveTree, removeTree } from '../../system/tree.ts'
import { accessOf, accessSummary, ownership, sameAccess } from './access.ts'
import type { DirectoryState, Kind } from './resource.ts'

export const directory: Kind<DirectoryState> = {
  things: ['a folder'],

  async read(name) {
    const stats = await inspect(name)
    return stats?.isDirectory() ? { ...accessOf(stats), record: newRecord() } : null
  },

  /** Removes only as the undo of a creation a moment ago. When the owner or the group changes, so does all inside. */
  async set(name, before, after) {
    if (!after) return removeTree(name)
    if (!before && after.inside) return makeNested(name, after.inside, ownership(after))
    const left = before ? await changeInside(name, before, after) : []
    await ensureDirectory(name, ownership(after))
    if (left.length > 0) {
      console.error(`Left as it was in ${name}, as it may be somebody else's: ${left.slice(0, 20).join(', ')}`)
    }
  },

  same: sameAccess,
  summary: accessSummary,
}

/** Where the former owners and modes of what is inside are written down, for a rollback. */
const newRecord = (): string => `${paths.accessRecords}/${randomBytes(8).toString('hex')}`

async function changeInside(name: string, before: DirectoryState, after: DirectoryState): Promise<string[]> {
  const { record } = before
  const [from, to] = [ownership(before), ownership(after)]
  if (after.record) return restoreAccess(name, after.record, from)
  if (!after.contents) return []
  if (from.uid !== to.uid) return giveTree(name, { from: from.uid, ...to, contents: after.contents, record })
  return from.gid === to.gid ? [] : regroupTree(name, { from: from.gid, ...to, record })
}
