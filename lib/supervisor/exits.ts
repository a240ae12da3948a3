/** How an app ended. */
export interface Exit {
  /** By a clock that is never set (ms). */
  at: number
  /** In words: "ended with code 1". */
  how: string
  memory: boolean
}

const MINUTES = 10
/** An app that ends more often than this within MINUTES is given up, however long each run was. */
const MOST_EXITS = 15
const MOST_OUT_OF_MEMORY = 3

export const recent = (exits: readonly Exit[], now: number): Exit[] =>
  exits.filter(({ at }) => now - at < MINUTES * 60_000)

/** Why an app that ended like this is given up; null when it is started again. Pure. */
export function giveUp(exits: readonly Exit[], now: number): string | null {
  const list = recent(exits, now)
  const outOfMemory = list.filter(({ memory }) => memory).length
  const last = list.at(-1)
  if (outOfMemory >= MOST_OUT_OF_MEMORY)
    return (
      `It ${last!.how}, ${outOfMemory} times within ${MINUTES} minutes, so it was given up. Give it more ` +
      'memory, or find out what fills it'
    )
  if (list.length >= MOST_EXITS)
    return (
      `It ended ${list.length} times within ${MINUTES} minutes (the last time it ${last!.how}), so it was given up. ` +
      'Its log says more'
    )
  return null
}

/** Message for an app that PM2 gave up: it ended right after each start. */
export const endedAtOnce = (exits: readonly Exit[]): string =>
  `It ended soon after each of its ${exits.length} starts (the last time it ${exits.at(-1)?.how ?? 'ended'}), ` +
  'so it was given up. Its log says more'

export function howItEnded(code: number | null, signal: string | null): string {
  if (signal) return `was ended by ${signal}`
  return code === 127 ? 'could not be started: there is no such program (code 127)' : `ended with code ${code ?? 0}`
}
