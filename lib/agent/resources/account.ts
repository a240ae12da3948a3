import { type Account, createAccount, readAccount, removeAccount } from '../../drivers/accounts/index.ts'
import { deleteLimits } from '../../drivers/quota/index.ts'
import type { Kind } from './resource.ts'

/** The Linux user of a site. Its numbers are read, and given again when a removed user is put back. */
export const account: Kind<Account> = {
  read: async (name) => readAccount(name),
  set: (name, before, after) => (after ? createAccount(name, after) : remove(name, before)),
  same: () => true,
  summary: (_before, after) =>
    after ? `a user without shell or password, home ${after.home}` : 'with all its processes',
}

/** A limit that stays behind does no harm: numbers are not given again. */
async function remove(name: string, before: Account | null): Promise<void> {
  await removeAccount(name)
  if (before?.uid === undefined) return
  await deleteLimits(before.uid).catch((error: unknown) =>
    console.error(`The quota of ${name} is still there: ${String(error)}`),
  )
}
