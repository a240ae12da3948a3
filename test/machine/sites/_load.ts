import type { Response } from '../http.ts'

export interface Tally {
  answered: number
  failed: number
  /** Milliseconds of the slowest answer. */
  slowest: number
  /** First failure. */
  first?: string
}

/** Calls one after the other until stopped; anything but 200 is a failure. At most ten minutes. */
export function steadily(call: () => Promise<Response>): { stop: () => Promise<Tally> } {
  const tally: Tally = { answered: 0, failed: 0, slowest: 0 }
  const end = Date.now() + 600_000
  let stopped = false
  const fail = (reason: string) => {
    tally.failed++
    tally.first ??= reason
  }
  const loop = (async () => {
    while (!stopped && Date.now() < end) {
      const start = Date.now()
      await call().then(
        ({ status }) => (status === 200 ? tally.answered++ : fail(String(status))),
        (error: unknown) => fail(String(error)),
      )
      tally.slowest = Math.max(tally.slowest, Date.now() - start)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  })()
  return {
    stop: async () => {
      stopped = true
      await loop
      return tally
    },
  }
}
