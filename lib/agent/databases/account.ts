import { databaseAccount, type DatabaseAccount } from '../../drivers/mariadb/database-account.ts'
import { readLogin } from '../../drivers/mariadb/index.ts'
import { connectionsEach } from '../../drivers/mariadb/settings.conf.ts'
import { PanelError } from '../../model/errors.ts'
import { diff } from '../converge/diff.ts'
import { apply } from '../resources/deltas.ts'
import type { Delta } from '../resources/resource.ts'
import { describeOwn } from './describe-database.ts'

/**
 * A database's own account. MariaDB lets whoever uses one change its password; from here on it is the panel's again. It
 * is never made here: a database without one is not the panel's. `full` leaves its rights as they are when left out.
 * Throws `account_missing`.
 */
export async function reclaimedAccount(database: string, full?: boolean): Promise<DatabaseAccount> {
  const account = await databaseAccount(database)
  const login = await readLogin(account.username)
  if (login?.database !== database) {
    throw new PanelError(
      'account_missing',
      409,
      `The panel’s account for ${database} is missing in MariaDB. Press “Undo these changes” on the Server page ` +
        'to make it again',
    )
  }
  const deltas: Delta[] = await diff([describeOwn(database, account, connectionsEach(), full ?? login.full)])
  for (const delta of deltas) await apply(delta)
  return account
}
