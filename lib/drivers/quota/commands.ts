import type { Argv } from '../../system/run.ts'

/** The most that a user may have on a file system; null: as much as there is. */
export interface Limits {
  kib: number | null
  /** Inodes: directories and links count as well. */
  files: number | null
}

/** Tells whether the kernel counts what users have on a mounted file system, and whether it holds them to limits. */
export const showState = (mount: string): Argv => ['quotaon', '--print-state', '--verbose', '--user', mount]

/** Lists every user by number, those without a file too. */
export const report = (mount: string): Argv => [
  'repquota',
  '--user',
  '--no-names',
  '--verbose',
  '--output=csv',
  '--raw-grace',
  mount,
]

/** Sets hard limits of any number of users; `limitLines` is its input. */
export const setLimits = (mount: string): Argv => ['setquota', '--user', '--batch', mount]

/** To the kernel 0 is no limit. A user that may have nothing gets the least there is. */
const most = (limit: number | null): number => (limit === null ? 0 : Math.max(1, Math.floor(limit)))

/** A line a user: their number, then the soft and the hard limit of blocks (KiB) and of files. */
export const limitLines = (users: ReadonlyMap<number, Limits>): string =>
  [...users].map(([uid, { kib, files }]) => `${uid} 0 ${most(kib)} 0 ${most(files)}\n`).join('')

/** Whether a user has these limits already. */
export const hasLimits = (kept: Limits, wanted: Limits): boolean =>
  most(kept.kib) === most(wanted.kib) && most(kept.files) === most(wanted.files)
