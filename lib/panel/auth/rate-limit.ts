import { PanelError } from '../../model/errors.ts'

export interface RateLimit {
  /** Counts one call of `most` a minute. Throws `too_many_requests` when they are used up. */
  take(key: string, most: number): void
}

/** Counts calls by the minute. In memory: a restart may lose it. */
export function createRateLimit(clock: () => number = () => performance.now()): RateLimit {
  let windowEnd = 0
  let counts = new Map<string, number>()
  return {
    take(key, most) {
      const now = clock()
      if (now >= windowEnd) {
        windowEnd = now + 60_000
        counts = new Map()
      }
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      if (count <= most) return
      const retryAfter = Math.ceil((windowEnd - now) / 1000)
      throw new PanelError('too_many_requests', 429, `Too many requests; try again in ${retryAfter} seconds`, {
        retryAfter,
      })
    },
  }
}
