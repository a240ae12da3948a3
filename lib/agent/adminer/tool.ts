import { requireTool, sleepTool } from '../../drivers/adminer/index.ts'
import type { Output } from '../../model/protocol/agent.ts'
import { reclaimedAccount } from '../databases/account.ts'
import { refuseMissing } from '../databases/imports.ts'

/** The account people work with in a database. Throws `tool_missing`, `database_missing`, `account_missing`. */
export async function toolAccount(database: string): Promise<Output<'databases.account'>> {
  await requireTool()
  await refuseMissing(database)
  return reclaimedAccount(database)
}

export async function letToolSleep(): Promise<Output<'databases.sleepTool'>> {
  await sleepTool()
  return {}
}
