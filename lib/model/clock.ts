import * as v from 'valibot'

/** Steps of the clock that are no jump (ms): a restart of the server, or a time daemon that corrects it. */
export const TOLERANCE_MS = 3_600_000

/** A jump that nobody corrects within this time is taken for right (ms, lived through). */
const DOUBT_MS = 6 * 3_600_000

/** A server may be off for so long without a doubt about its clock (ms). */
const OFF_MS = 30 * 86_400_000

/** So many times that the clock jumped are remembered. */
const MOST = 1_000

const point = v.strictObject({ wall: v.number(), lived: v.number() })
type Point = v.InferOutput<typeof point>

/**
 * How the clock has gone. `wall` is the clock (ms since 1970); `lived` counts the time in which the server ran (ms) and
 * never jumps.
 */
export const clockRecord = v.strictObject({
  boot: v.string(),
  /** The kernel's monotonic clock when it was last looked at (ms). */
  monotonic: v.number(),
  ...point.entries,
  /** Where each stretch begins in which the clock went steadily, the oldest first. */
  stretches: v.pipe(v.array(point), v.minLength(1)),
  /** Where the clock was right before it jumped; null while nobody doubts it. */
  right: v.nullable(point),
  /** Whether it was set back, and what follows from that is not done yet. */
  wasSetBack: v.boolean(),
  /** When the time daemon was last asked, and since when it says that the clock is not synchronised (lived). */
  asked: v.nullable(v.number()),
  unsynchronised: v.nullable(v.number()),
})
export type ClockRecord = v.InferOutput<typeof clockRecord>

/** A look at the clocks of the kernel. */
export type Reading = Pick<ClockRecord, 'boot' | 'monotonic' | 'wall'>

/** How long something has been there (ms lived through), by the time that was noted of it (ms since 1970). */
export type AgeOf = (at: number) => number

/** Takes a reading up. The first is believed; time in which the server was off is not lived through. Pure. */
export function look(record: ClockRecord | null, reading: Reading): ClockRecord {
  if (!record) return begin(reading)
  const sameBoot = record.boot === reading.boot
  const lived = record.lived + (sameBoot ? reading.monotonic - record.monotonic : sinceBoot(record, reading))
  const now = { wall: reading.wall, lived }
  const by = aheadOf(record.stretches.at(-1)!, now)
  const next = { ...record, ...reading, lived }
  if (Math.abs(by) <= TOLERANCE_MS) return { ...next, right: stillWrong(record.right, now) }
  const wasOff = !sameBoot && by > 0 && by < OFF_MS
  const right = record.right ?? (wasOff ? null : { wall: now.wall - by, lived })
  return {
    ...next,
    stretches: [...record.stretches, now].slice(-MOST),
    right: stillWrong(right, now),
    wasSetBack: record.wasSetBack || by < 0,
  }
}

/** Time since the boot, as far as the clock says so too: that of a container is its host's, which it may leave. */
const sinceBoot = ({ wall }: ClockRecord, reading: Reading): number =>
  Math.max(0, Math.min(reading.monotonic, reading.wall - wall))

const begin = (reading: Reading): ClockRecord => ({
  ...reading,
  lived: reading.wall,
  // What was noted before is believed too, unless it lies in the future.
  stretches: [
    { wall: 0, lived: 0 },
    { wall: reading.wall, lived: reading.wall },
  ],
  right: null,
  wasSetBack: false,
  asked: null,
  unsynchronised: null,
})

/** How far the clock is ahead of where it would be, had it gone steadily since (ms). */
const aheadOf = (since: Point, now: Point): number => now.wall - since.wall - (now.lived - since.lived)

const stillWrong = (right: Point | null, now: Point): Point | null =>
  right && Math.abs(aheadOf(right, now)) > TOLERANCE_MS && now.lived - right.lived < DOUBT_MS ? right : null

/** How far the clock is from where it was right (ms); 0 while nobody doubts it. Pure. */
export const jumpOf = (record: ClockRecord): number => (record.right ? aheadOf(record.right, record) : 0)

/**
 * Counts the age of something by the time that was lived through since. A time that the clock showed twice counts as
 * the second; one that it jumped over, as the end of that jump; one that is to come, as the last jump; what is no time,
 * as now. Pure.
 */
export const ageOf =
  (record: ClockRecord): AgeOf =>
  (at) =>
    Number.isNaN(at) ? 0 : record.lived - livedAt(record, at)

function livedAt({ stretches, lived }: ClockRecord, at: number): number {
  for (let index = stretches.length - 1; index >= 0; index--) {
    const { wall: from, lived: began } = stretches[index]!
    const end = (stretches[index + 1]?.lived ?? lived) + TOLERANCE_MS
    if (at >= from && began + at - from <= end) return began + at - from
  }
  const later = stretches.filter(({ wall }) => wall > at).sort((a, b) => a.wall - b.wall)
  return (later[0] ?? stretches.at(-1)!).lived
}

/** A time that was noted, in ms since 1970; 0 for one in the future, as only a clock that was wrong notes such. */
export const believed = (at: number, now: number): number => (at > now + TOLERANCE_MS ? 0 : at)
