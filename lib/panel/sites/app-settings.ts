import { mergeEnvironment } from '../../model/apps/environment.ts'
import type { AppChanges, AppRuntime, AppSpec } from '../../model/apps/schema.ts'
import { invalidInput } from '../../model/errors.ts'

/** An app with new settings. Throws `invalid_input` when they contradict its runtime. */
export function changedApp(current: AppSpec, runtime: AppRuntime, { env, ...changes }: AppChanges): AppSpec {
  const next: AppSpec = { ...current, ...changes, env: mergeEnvironment(current.env, env ?? {}) }
  const problem =
    runtime === 'python' && next.nodeVersion
      ? ['nodeVersion', 'A Python app has no Node version']
      : runtime === 'node' && next.workers > 1
        ? ['workers', 'A Node app runs as one process; only Python apps have workers']
        : runtime === 'node' && next.entry?.includes(':')
          ? ['entry', 'The entry of a Node app is a file, such as server.js']
          : changes.entry && (changes.startCommand ?? next.startCommand)
            ? ['entry', 'The app has a start command, which says what runs; set startCommand to null to use an entry']
            : null
  if (problem) throw invalidInput(problem[0]!, problem[1]!)
  return next
}

/**
 * Settings that say what is started and how it is made: these count from the next preparation on, the others from the
 * next start.
 */
const preparing = ['entry', 'startCommand', 'installCommand', 'buildCommand', 'workers', 'nodeVersion'] as const

/**
 * Finds what a waking app is started with, as JSON: its settings now, unless they ask for a preparation that a wake
 * does not make.
 */
export function wokenWith(startedWith: string | null, now: AppSpec): string | null {
  const before = startedWith === null ? null : (JSON.parse(startedWith) as AppSpec)
  return before && preparing.every((key) => before[key] === now[key]) ? JSON.stringify(now) : startedWith
}

/** Settings that count at once. */
const atOnce: readonly (keyof AppSpec)[] = ['address', 'healthPath', 'idleMinutes', 'static']

/** Whether an app that was started with these settings (JSON) has others now, which count from its next start. */
export function needsRestart(startedWith: string | null, now: AppSpec): boolean {
  const before = startedWith === null ? now : (JSON.parse(startedWith) as AppSpec)
  const keys = (Object.keys(now) as (keyof AppSpec)[]).filter((key) => !atOnce.includes(key))
  return keys.some((key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]))
}
