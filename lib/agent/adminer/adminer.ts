import { requireAdminer, sleepAdminer } from '../../drivers/adminer/index.ts'
import type { Output } from '../../model/protocol/agent.ts'
import { reclaimedAccount } from '../databases/account.ts'
import { refuseMissing } from '../databases/imports.ts'

/** The account people work with in a database. Throws `tool_missing`, `database_missing`, `account_missing`. */
export async function adminerAccount(database: string): Promise<Output<'databases.account'>> {
  await requireAdminer()
  await refuseMissing(database)
  return reclaimedAccount(database)
}

export async function letAdminerSleep(): Promise<Output<'databases.sleepAdminer'>> {
  await sleepAdminer()
  return {}
}
