import type { Argv } from '../../system/run.ts'
import { FIRST, LAST } from './range.ts'

export interface Account {
  home: string
  comment: string
  /** Known once the account exists; given again when a removed account is put back. */
  uid?: number
  gid?: number
  /** Other users of its group: nginx's, which reads its site's files. */
  members?: readonly string[]
}

export const addGroup = (name: string, gid: number): Argv => ['groupadd', '--system', '--gid', String(gid), '--', name]

/** The range that numbers come from (numbers.ts): with it the new group gets the user's number, where that is free. */
const range = [`SYS_UID_MIN=${FIRST}`, `SYS_UID_MAX=${LAST}`, `SYS_GID_MIN=${FIRST}`, `SYS_GID_MAX=${LAST}`].flatMap(
  (key) => ['--key', key],
)

/** A user without shell, password or home directory of its own making, in a group of the same name. */
export const addUser = (name: string, { home, comment, uid, gid }: Account & { uid: number }): Argv => [
  'useradd',
  '--system',
  '--no-create-home',
  '--no-log-init',
  '--shell',
  '/usr/sbin/nologin',
  '--home-dir',
  home,
  '--comment',
  comment,
  ...range,
  '--uid',
  String(uid),
  ...(gid === undefined ? ['--user-group'] : ['--gid', String(gid)]),
  '--',
  name,
]

/** Adds a user to groups. One command for all, as each writes /etc/group anew. */
export const addToGroups = (user: string, groups: readonly string[]): Argv => [
  'usermod',
  '--append',
  '--groups',
  groups.join(','),
  '--',
  user,
]

export const removeFromGroup = (user: string, group: string): Argv => ['gpasswd', '--delete', user, '--', group]

/** A user keeps its number, and its home directory stays where it is. usermod refuses while it has processes. */
export const renameUser = (from: string, to: string, { home, comment }: Pick<Account, 'home' | 'comment'>): Argv => [
  'usermod',
  '--login',
  to,
  '--home',
  home,
  '--comment',
  comment,
  '--',
  from,
]

/** A group keeps its number and its members. */
export const renameGroup = (from: string, to: string): Argv => ['groupmod', '--new-name', to, '--', from]

/** userdel leaves a group that has other members. */
export const removeGroup = (name: string): Argv => ['groupdel', '--', name]

export const removeUser = (name: string): Argv => ['userdel', '--', name]
