import { setTimeout as sleep } from 'node:timers/promises'

/** Bytes of output that are passed on; a job keeps them. */
const MOST_BYTES = 1_000_000
const MOST_LINES = 10_000

/** Bytes a second that are read. Faster output is throttled by back-pressure. */
const RATE = 1_000_000

/** Passes lines on up to a bound, and reads no faster than a rate; the time comes from outside for its test. */
export function boundedOutput(
  onLine: (line: string) => void,
  { now = () => performance.now(), wait = sleep as (ms: number) => Promise<unknown> } = {},
): (line: string) => Promise<void> | void {
  const begun = now()
  let [bytes, lines, told] = [0, 0, false]
  return (line) => {
    bytes += Buffer.byteLength(line) + 1
    if (bytes <= MOST_BYTES && ++lines <= MOST_LINES) onLine(line)
    else if (!told) {
      told = true
      onLine('(Further output is left out)')
    }
    const early = (bytes / RATE) * 1000 - (now() - begun)
    if (early > 1_000) return wait(early).then(() => undefined)
  }
}
