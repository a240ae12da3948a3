import { existsSync, readFileSync } from 'node:fs'
import { paths } from './paths.ts'

/**
 * When a hook runs: each minute; each hour, at a minute of this server's own; or at times of the day (`HH:MM`, the
 * server's own), each a random part of `spreadMinutes` later.
 */
export type Schedule = 'minutely' | 'hourly' | { daily: readonly string[]; spreadMinutes: number }

/** A hook, as the build lists it. */
export interface HookEntry {
  /** The name of its file in hooks/, and of its timer. */
  name: string
  summary: string
  schedule: Schedule
}

const MINUTE = 60_000

/** Longest time without a run (ms) before a hook counts as dead: three of its pauses; two days and two hours. */
export const longestPause = (schedule: Schedule): number =>
  (schedule === 'minutely' ? 3 : schedule === 'hourly' ? 180 : 50 * 60) * MINUTE

/** Reads the hooks of the installed release; none where nothing is installed. */
export const readHooks = (file: string = paths.hooks): HookEntry[] =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as HookEntry[]) : []
