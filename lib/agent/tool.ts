import { requireTool, sleepTool } from '../drivers/adminer/index.ts'
import { readLogin } from '../drivers/mariadb/index.ts'
import { ownAccount } from '../drivers/mariadb/own.ts'
import { PanelError } from '../errors.ts'
import { convergeDatabases } from './databases.ts'
import { describeOwn } from './describe-database.ts'
import { diff } from './diff.ts'
import { refuseMissing } from './imports.ts'
import type { Output } from './protocol.ts'

/**
 * The account people work with in a database. MariaDB lets whoever uses one change its password; from here on it is the
 * panel's again. It is never made here: a database without one is not the panel's. Throws `tool_missing`,
 * `database_missing`, `account_missing`.
 */
export async function toolAccount(database: string): Promise<Output<'databases.account'>> {
  await requireTool()
  await refuseMissing(database)
  const account = await ownAccount(database)
  if ((await readLogin(account.username))?.database !== database) {
    throw new PanelError('account_missing', 409, `MariaDB has no account of the panel’s for ${database} any more. “Put it back” on the Server page makes it anew`)
  }
  await convergeDatabases(await diff([describeOwn(database, account)]))
  return account
}

export async function letToolSleep(): Promise<Output<'databases.sleepTool'>> {
  await sleepTool()
  return {}
}
