import type { Stats } from 'node:fs'
import type { Ownership } from '../../system/files.ts'
import { passwd } from '../../system/passwd.ts'
import type { Access } from './resource.ts'

export const accessOf = (stats: Stats): Access => ({
  owner: passwd.userName(stats.uid),
  group: passwd.groupName(stats.gid),
  mode: stats.mode & 0o7777,
})

export const ownership = ({ owner, group, mode }: Access): Ownership => ({
  uid: passwd.uid(owner),
  gid: passwd.gid(group),
  mode,
})

export const sameAccess = (a: Access, b: Access): boolean =>
  a.owner === b.owner && a.group === b.group && a.mode === b.mode

/** `root:root 0644`. */
export const accessText = ({ owner, group, mode }: Access): string =>
  `${owner}:${group} ${mode.toString(8).padStart(4, '0')}`

/** `root:root 0644 -> www-data:www-data 0640`, or only the new one when there was none. */
export function accessSummary(before: Access | null, after: Access | null): string {
  if (!before || !after || sameAccess(before, after)) return after ? accessText(after) : ''
  return `${accessText(before)} -> ${accessText(after)}`
}
