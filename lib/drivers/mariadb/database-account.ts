import { createHash, createHmac } from 'node:crypto'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import { databaseSecret } from '../database-secret.ts'

/** How the names of databases' own accounts begin; nobody else's may. */
export const OWN = 'hosting-panel-db-'

export interface DatabaseAccount {
  username: string
  password: string
}

/**
 * A database's own account, which reaches it alone: dumps are imported and people work in the database tool as this
 * one. It lasts as long as the database, as what it makes (views, triggers) runs in its name. Pure.
 */
export function deriveDatabaseAccount(database: string, secret: string): DatabaseAccount {
  return {
    username: `${OWN}${createHash('sha256').update(database).digest('hex').slice(0, 12)}`,
    password: createHmac('sha256', secret).update(`database ${database}`).digest('base64url'),
  }
}

/** The own account of a database of this server. Throws `database_secret_missing`. */
export async function databaseAccount(database: string): Promise<DatabaseAccount> {
  const secret = await databaseSecret()
  if (secret) return deriveDatabaseAccount(database, secret)
  throw new PanelError(
    'database_secret_missing',
    500,
    `${paths.databaseSecret} is missing or damaged; run the installer again`,
  )
}
