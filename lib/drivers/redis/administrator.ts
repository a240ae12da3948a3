import { createHash, createHmac } from 'node:crypto'
import { databaseSecret } from '../database-secret.ts'

export const deriveAdministrator = (secret: string): string =>
  createHmac('sha256', secret).update('redis administrator').digest('base64url')

/** The password of the panel's own user of Redis; null when its secret is missing. */
export async function administratorPassword(): Promise<string | null> {
  const secret = await databaseSecret()
  return secret && deriveAdministrator(secret)
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
