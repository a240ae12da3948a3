/**
 * The numbers of sites' users. The distributions' own range for system accounts (100 to 999) is used up by nine hundred
 * sites.
 */
export const [FIRST, LAST] = [20_000, 59_999] as const

/** The first number after `last` that is not taken; after the last one comes the first. Throws when all are taken. */
export function nextNumber(last: number, taken: ReadonlySet<number>): number {
  const count = LAST - FIRST + 1
  for (let step = 1; step <= count; step++) {
    const number = FIRST + ((last - FIRST + step) % count)
    if (!taken.has(number)) return number
  }
  throw new Error('There is no number left for a new user')
}
