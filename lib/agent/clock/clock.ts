import * as v from 'valibot'
import { isSynchronised, readClock } from '../../drivers/clock/index.ts'
import { ageOf, clockRecord, look, type AgeOf, type ClockRecord } from '../../model/clock.ts'
import { paths } from '../../model/paths.ts'
import { queue } from '../../model/protocol/queue.ts'
import { readText, writeAtomically } from '../../system/files.ts'

/** How often the time daemon is asked while nobody doubts the clock (ms, lived through). */
const ASK_MS = 30 * 60_000

const enqueue = queue()

const stored = v.pipe(v.string(), v.parseJson(), clockRecord)

async function read(): Promise<ClockRecord | null> {
  const { success, output } = v.safeParse(stored, await readText(paths.clock))
  return success ? output : null
}

/** A full disk holds nothing up: what is deleted by its age may be what frees it. */
const keep = (record: ClockRecord): Promise<void> =>
  writeAtomically(paths.clock, `${JSON.stringify(record)}\n`, { uid: 0, gid: 0, mode: 0o600 }, true).catch(
    (error: unknown) => console.error('The record of the clock could not be kept:', error),
  )

/** Changes the record of the clock after a look at it. */
export const changeClock = (
  change: (record: ClockRecord) => ClockRecord | Promise<ClockRecord>,
): Promise<ClockRecord> =>
  enqueue(async () => {
    const record = await change(look(await read(), await readClock()))
    await keep(record)
    return record
  })

/** Looks at the clock before things are judged by their age. */
export const readAges = async (): Promise<AgeOf> => ageOf(await changeClock((record) => record))

/** Asks the time daemon when that is due. A clock that follows a time server is right, however it jumped. */
export async function askDaemon(record: ClockRecord): Promise<ClockRecord> {
  const { lived, asked, right } = record
  if (asked !== null && lived - asked < ASK_MS && !right) return record
  const synchronised = await isSynchronised()
  return {
    ...record,
    asked: lived,
    right: synchronised ? null : right,
    unsynchronised: synchronised === false ? (record.unsynchronised ?? lived) : null,
  }
}
