import { ageOf, look, type AgeOf, type ClockRecord } from '../lib/model/clock.ts'

/** The record of a clock that never jumped. */
export const steadyClock = (now = Date.now()): ClockRecord => look(null, { boot: 'a', monotonic: 0, wall: now })

/** How ages are counted at a time while the clock never jumped. */
export const agesAt = (now: Date | string | number = Date.now()): AgeOf => ageOf(steadyClock(new Date(now).getTime()))
