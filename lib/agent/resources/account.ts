import { type Account, createAccount, readAccount, removeAccount } from '../../drivers/accounts/index.ts'
import type { Kind } from '../resource.ts'

/** The Linux user of a site. Its numbers are read, and given again when a removed user is put back. */
export const account: Kind<Account> = {
  read: async (name) => readAccount(name),
  set: (name, _before, after) => (after ? createAccount(name, after) : removeAccount(name)),
  same: () => true,
  summary: (_before, after) => (after ? `a user without shell or password, home ${after.home}` : 'with all its processes'),
}
