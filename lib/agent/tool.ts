import { requireTool, sleepTool } from '../drivers/adminer/index.ts'
import { ownAccount } from '../drivers/mariadb/own.ts'
import type { Output } from './protocol.ts'

/** The account people work with in a database. Throws `tool_missing`, `database_secret_missing`. */
export async function toolAccount(database: string): Promise<Output<'databases.account'>> {
  await requireTool()
  return ownAccount(database)
}

export async function letToolSleep(): Promise<Output<'databases.sleepTool'>> {
  await sleepTool()
  return {}
}
