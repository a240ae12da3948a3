import { noteAccess } from './access-record.ts'
import { give, isGivable, SETGID } from './give.ts'
import { walk, type Entry } from './walk.ts'

/** How a tree goes from one group to another. */
export interface NewGroup {
  /** Group id of the former group. */
  from: number
  /** User id of its owner. */
  uid: number
  gid: number
  /** Mode of the top itself. */
  mode: number
  /** File that notes what was before. */
  record?: string
}

/**
 * Gives what one group has in a tree to another group, from the top down, and removes the set-group-id bit of folders,
 * which would give new files the former one. Modes stay as they are. Answers what was left, as it may be somebody
 * else's (see giveTree).
 */
export async function regroupTree(path: string, group: NewGroup): Promise<string[]> {
  const left: string[] = []
  await walk(path, (entries) => {
    const concerned = entries.filter(({ stats, top }) => top || stats.gid === group.from || isSetgid(stats))
    const given = concerned.filter((entry) => isGivable(entry, { from: group.uid, uid: group.uid }))
    left.push(...concerned.filter((entry) => !given.includes(entry)).map(({ name }) => name.toString()))
    if (group.record) noteAccess(group.record, given)
    for (const entry of given) regroup(entry, group)
  })
  return left
}

const isSetgid = (stats: Entry['stats']): boolean => stats.isDirectory() && (stats.mode & SETGID) !== 0

function regroup(entry: Entry, { from, gid, mode }: NewGroup): void {
  const { stats, top } = entry
  const permissions = stats.mode & (stats.isDirectory() ? 0o1777 : 0o777)
  give(entry, stats.uid, top || stats.gid === from ? gid : stats.gid, top ? mode : permissions)
}
