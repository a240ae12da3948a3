import {
  type Account,
  createAccount,
  joinGroups,
  leaveGroup,
  readAccount,
  removeAccount,
} from '../../drivers/accounts/index.ts'
import { deleteLimits } from '../../drivers/quota/index.ts'
import type { Kind } from './resource.ts'

/**
 * The Linux user of a site. Its numbers are read, and given again when a removed user is put back. The members of its
 * group join with those of other changes, when nginx loads (lib/agent/services/nginx.ts); here they only leave.
 */
export const account: Kind<Account> = {
  read: async (name) => readAccount(name),
  async set(name, before, after) {
    if (!after) return remove(name, before)
    await createAccount(name, after)
    if (after.uid !== undefined) await restoreMembers(name, before, after)
  },
  same: (before, after) => missingIn(before, after).length === 0,
  summary(before, after) {
    if (!after) return 'with all its processes'
    if (before) return `in its group: ${missingIn(before, after).join(', ')}`
    return `a user without shell or password, home ${after.home}`
  },
}

/** Only a state that was read knows all members. */
async function restoreMembers(name: string, before: Account | null, after: Account): Promise<void> {
  for (const user of after.members ?? []) await joinGroups(user, [name])
  if (before) for (const user of missingIn(after, before)) await leaveGroup(user, name)
}

/** Members of the second state that the first has not. */
const missingIn = ({ members: known = [] }: Account, { members = [] }: Account): string[] =>
  members.filter((user) => !known.includes(user))

/** A limit that stays behind does no harm: numbers are not given again. */
async function remove(name: string, before: Account | null): Promise<void> {
  await removeAccount(name)
  if (before?.uid === undefined) return
  await deleteLimits(before.uid).catch((error: unknown) =>
    console.error(`The quota of ${name} is still there: ${String(error)}`),
  )
}
