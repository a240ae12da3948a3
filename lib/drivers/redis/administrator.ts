import { createHash, createHmac } from 'node:crypto'
import { paths } from '../../paths.ts'
import { readText } from '../../system/files.ts'

export const deriveAdministrator = (secret: string): string => createHmac('sha256', secret).update('redis administrator').digest('base64url')

/** The password of the panel's own user of Redis; null when its secret is missing. */
export async function administratorPassword(): Promise<string | null> {
  const secret = ((await readText(paths.databaseSecret)) ?? '').trim()
  return /^[0-9a-f]{64}$/.test(secret) ? deriveAdministrator(secret) : null
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
