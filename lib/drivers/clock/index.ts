import type { Reading } from '../../model/clock.ts'
import { readText } from '../../system/files.ts'
import { attempt } from '../../system/run.ts'
import { parseSynchronisation, synchronisation } from './commands.ts'

/** Reads the clocks of the kernel, and the id of this boot. */
export const readClock = async (): Promise<Reading> => ({
  boot: ((await readText('/proc/sys/kernel/random/boot_id')) ?? '').trim(),
  monotonic: Math.round(Number(process.hrtime.bigint() / 1_000_000n)),
  wall: Date.now(),
})

/** Whether the clock follows a time server; null where nobody can tell. */
export const isSynchronised = async (): Promise<boolean | null> =>
  parseSynchronisation((await attempt(synchronisation(), { timeout: 10 })).stdout)
