import type { Limits } from './commands.ts'

/** Quota of a user on one file system. */
export interface UserQuota {
  bytes: number
  files: number
  limits: Limits
}

/** `enforced`: users are held to limits; `accounting`: what they have is counted only. */
export type QuotaState = 'enforced' | 'accounting' | 'off'

/** Reads what quotaon prints, e.g. `user quota on / (/dev/vda) is on (enforced)`. */
export const parseState = (output: string): QuotaState =>
  (/^user quota on .* is on \((enforced|accounting)\)$/m.exec(output)?.[1] ?? 'off') as QuotaState

/** Reads repquota's lines, whose columns its first line names. Users are `#` and a number. */
export function parseReport(csv: string): Map<number, UserQuota> {
  const [head = '', ...lines] = csv.split('\n')
  const columns = head.split(',')
  const users = new Map<number, UserQuota>()
  for (const line of lines) {
    const fields = line.split(',')
    const field = (name: string) => Number(fields[columns.indexOf(name)])
    const limit = (name: string) => field(name) || null
    const uid = /^#(\d+)$/.exec(fields[0]!)?.[1]
    if (uid === undefined) continue
    users.set(Number(uid), {
      bytes: field('BlockUsed') * 1024,
      files: field('FileUsed'),
      limits: { kib: limit('BlockHardLimit'), files: limit('FileHardLimit') },
    })
  }
  return users
}

/**
 * Finds where the file system with this device number is mounted (proc(5), mountinfo): as a whole, if it is anywhere;
 * else a part of it.
 */
export function mountOf(mountinfo: string, device: number): string | null {
  const id = `${(device >> 8) & 0xfff}:${(device & 0xff) | ((device >> 12) & 0xfff00)}`
  const mounts = mountinfo
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , number]) => number === id)
  const mount = mounts.find(([, , , root]) => root === '/') ?? mounts[0]
  return mount?.[4]?.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))) ?? null
}
