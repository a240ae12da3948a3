import type { Argv } from '../../system/run.ts'

/** Whether a time daemon runs, and whether the kernel's clock follows one (timedatectl(1)). */
export const synchronisation = (): Argv => ['timedatectl', 'show', '--property=NTP', '--property=NTPSynchronized']

/** Reads its answer: null where no time daemon runs, as in most containers, and nobody can tell. Pure. */
export function parseSynchronisation(text: string): boolean | null {
  if (/^NTPSynchronized=yes$/m.test(text)) return true
  return /^NTP=yes$/m.test(text) ? false : null
}
