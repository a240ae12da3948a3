import type { Argv } from '../../system/run.ts'

export interface Account {
  home: string
  comment: string
  /** Known once the account exists; given again when a removed account is put back. */
  uid?: number
  gid?: number
}

export const addGroup = (name: string, gid: number): Argv => ['groupadd', '--system', '--gid', String(gid), '--', name]

/** The distributions' own range for system accounts (100 to 999) is used up by nine hundred sites. */
const range = ['SYS_UID_MIN=20000', 'SYS_UID_MAX=59999', 'SYS_GID_MIN=20000', 'SYS_GID_MAX=59999'].flatMap((key) => ['--key', key])

/** A user without shell, password or home directory of its own making, in a group of the same name. */
export const addUser = (name: string, account: Account): Argv => [
  'useradd', '--system', '--no-create-home', '--no-log-init', '--shell', '/usr/sbin/nologin',
  '--home-dir', account.home, '--comment', account.comment, ...range,
  ...(account.uid === undefined ? ['--user-group'] : ['--uid', String(account.uid), '--gid', String(account.gid)]),
  '--', name,
]

export const removeUser = (name: string): Argv => ['userdel', '--', name]
