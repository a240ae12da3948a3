import { createHash } from 'node:crypto'

/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** At least 0, less than 1. */
  next: () => number
  /** A whole number from 0, less than `end`. */
  below: (end: number) => number
  chance: (probability: number) => boolean
  pick: <T>(list: readonly T[]) => T
}

/** A generator (mulberry32) that a text starts. */
export function createRandom(seed: string): Random {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0)
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (end: number) => Math.floor(next() * end)
  return { next, below, chance: (probability) => next() < probability, pick: (list) => list[below(list.length)]! }
}

/** The seed of this run: HOSTING_PANEL_SEED, or a new one. It is printed, as the same seed gives the same inputs. */
export function runSeed(what: string): string {
  const seed = process.env.HOSTING_PANEL_SEED ?? String(Date.now())
  process.stdout.write(`${what}: HOSTING_PANEL_SEED=${seed}\n`)
  return seed
}
