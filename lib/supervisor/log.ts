import type { Readable } from 'node:stream'
import { createLineSplitter } from '../system/lines.ts'
import { openLog, type LogFile } from '../system/log-file.ts'

/** Bytes a second that an app may print for long, and how much more at once. */
const RATE = 1_000_000
const BURST = 4_000_000

/** How often a budget grows (ms). */
const TICK_MS = 100

const LONGEST_LINE = 8_192

/** Bytes that may still be printed. Pure arithmetic, so that the time comes from outside. */
export interface Budget {
  left: number
  at: number
}

export const grown = ({ left, at }: Budget, now: number): Budget => ({
  left: Math.min(BURST, left + ((now - at) / 1000) * RATE),
  at: now,
})

/**
 * Writes what an app prints into its log, a line at a time with time and stream. Who prints faster than the
 * rate is not read faster: its pipe fills up, and it waits, and nobody else does.
 */
export function followOutput(path: string, gid: number, stdout: Readable, stderr: Readable): void {
  const log = openLog(path, gid)
  const state = { budget: { left: BURST, at: performance.now() }, told: -Infinity }
  let open = 2
  const done = () => --open === 0 && log.close()
  follow(log, stdout, 'out', state, done)
  follow(log, stderr, 'err', state, done)
}

interface State {
  budget: Budget
  /** When it was last said that the app is slowed down (ms, monotonic). */
  told: number
}

function follow(log: LogFile, stream: Readable, name: 'out' | 'err', state: State, done: () => void): void {
  const splitter = createLineSplitter(LONGEST_LINE)
  const write = (lines: readonly string[]) =>
    log.append(lines.map((line) => `${new Date().toISOString()} ${name} ${line}\n`).join(''))
  stream.on('data', (data: Buffer) => {
    const lines = splitter.push(data)
    if (lines.length > 0) write(lines)
    state.budget = grown(state.budget, performance.now())
    state.budget.left -= data.length
    if (state.budget.left < 0) pause(stream, log, state)
  })
  stream.on('error', () => undefined)
  stream.on('close', () => {
    write(splitter.end())
    done()
  })
}

function pause(stream: Readable, log: LogFile, state: State): void {
  stream.pause()
  if (performance.now() - state.told > 60_000)
    log.append(
      `${new Date().toISOString()} panel It prints more than ${RATE / 1e6} MB a second, and is slowed down to that\n`,
    )
  state.told = performance.now()
  const timer = setInterval(() => {
    state.budget = grown(state.budget, performance.now())
    if (state.budget.left <= 0 && !stream.destroyed) return
    clearInterval(timer)
    stream.resume()
  }, TICK_MS)
}
