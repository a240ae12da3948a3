import { setTimeout as sleep } from 'node:timers/promises'
import { PanelError } from '../../model/errors.ts'
import { killProcessesOf } from '../../system/kill.ts'
import { groupEntry, passwdEntries, passwdEntry } from '../../system/passwd.ts'
import { type Argv, attempt, type Result } from '../../system/run.ts'
import {
  type Account,
  addGroup,
  addToGroups,
  addUser,
  removeFromGroup,
  removeGroup,
  removeUser,
  renameGroup,
  renameUser,
} from './commands.ts'
import { newNumber } from './numbers.ts'

export type { Account } from './commands.ts'

/** An account of the machine, or null. */
export function readAccount(name: string): Required<Account> | null {
  const fields = passwdEntry(name)
  if (!fields) return null
  const [, , uid, gid, comment = '', home = ''] = fields
  return { uid: Number(uid), gid: Number(gid), comment, home, members: membersOf(name) }
}

/** The users on a group's line in /etc/group. */
const membersOf = (group: string): string[] => (groupEntry(group)?.[3] ?? '').split(',').filter(Boolean)

const COMMENT = 'hosting-panel site '

/** Mark of a site's account, with its domain. */
export const siteComment = (domain: string): string => COMMENT + domain

/** The domain of an account that is a site's, by its comment; null for another. */
export const domainOf = (comment: string): string | null =>
  comment.startsWith(COMMENT) ? comment.slice(COMMENT.length) : null

/** The domains whose accounts are on this machine. */
export const sitesWithAccounts = (): string[] => passwdEntries().flatMap((fields) => domainOf(fields[4] ?? '') ?? [])

/** Makes an account; its members come later, with those of others (`joinGroups`). */
export async function createAccount(name: string, account: Account): Promise<void> {
  if (readAccount(name)) return
  if (account.gid !== undefined && !groupEntry(name)) await change(addGroup(name, account.gid))
  await change(addUser(name, { ...account, uid: account.uid ?? (await newNumber()), gid: groupNumber(name) }))
}

/** A group that is there already is the account's own, of a removal that was cut off. */
const groupNumber = (name: string): number | undefined => {
  const entry = groupEntry(name)
  return entry ? Number(entry[2]) : undefined
}

/** Adds a user to the groups that it is not in yet; groups that are not there are left out. */
export async function joinGroups(user: string, groups: readonly string[]): Promise<void> {
  const missing = groups.filter((group) => groupEntry(group) && !membersOf(group).includes(user))
  if (missing.length > 0) await change(addToGroups(user, missing))
}

/** Removes a user from a group. */
export async function leaveGroup(user: string, group: string): Promise<void> {
  if (membersOf(group).includes(user)) await change(removeFromGroup(user, group))
}

/** Ends the account's processes and removes it with its group. */
export async function removeAccount(name: string): Promise<void> {
  const account = readAccount(name)
  if (account) await changeIdle(removeUser(name), account.uid)
  if (groupEntry(name)) await change(removeGroup(name))
}

/** Ends the account's processes and gives it and its group another name. What is done already is left alone. */
export async function renameAccount(from: string, to: string, as: Pick<Account, 'home' | 'comment'>): Promise<void> {
  const account = readAccount(from)
  if (account) await changeIdle(renameUser(from, to, as), account.uid)
  if (groupEntry(from)) await change(renameGroup(from, to))
}

/** Exit code of userdel and usermod for a user that has processes (userdel(8)). */
const IN_USE = 8

/** Looks for processes that systemd starts, or has not reaped, while the account changes. */
const TRIES = 20
const POLL_MS = 100

/** Changes an account once it has no processes: ends those it has. */
async function changeIdle(argv: Argv, uid: number): Promise<void> {
  let tries = 1
  while (tries < TRIES && !(await tryIdle(argv, uid))) tries++
  if (tries === TRIES) await change(argv)
}

/** Tries once; false when the account had a process once more. */
async function tryIdle(argv: Argv, uid: number): Promise<boolean> {
  await killProcessesOf(uid)
  const result = await attempt(argv)
  if (result.code === IN_USE) return sleep(POLL_MS, false)
  refuseFailure(argv, result)
  return true
}

const change = async (argv: Argv): Promise<void> => refuseFailure(argv, await attempt(argv))

function refuseFailure(argv: Argv, { code, stderr }: Result): void {
  if (code === 0) return
  if (/cannot lock/.test(stderr)) {
    throw new PanelError(
      'accounts_locked',
      503,
      'Another program is changing the accounts of this server (/etc/passwd is locked). Nothing was changed; ' +
        'try again in a moment',
    )
  }
  throw new PanelError('account_failed', 500, `${argv[0]} failed, so nothing was changed: ${stderr.trim()}`)
}
