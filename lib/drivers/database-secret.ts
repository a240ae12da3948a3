import { paths } from '../model/paths.ts'
import { readText } from '../system/files.ts'

/** It never changes while anything is made of it. */
let kept: string | null = null

/**
 * Reads the secret that the passwords of the panel's own accounts are derived from, in MariaDB and Redis; null when it
 * is missing or damaged.
 */
export async function databaseSecret(): Promise<string | null> {
  return (kept ??= await readSecret())
}

async function readSecret(): Promise<string | null> {
  const secret = ((await readText(paths.databaseSecret)) ?? '').trim()
  return /^[0-9a-f]{64}$/.test(secret) ? secret : null
}
