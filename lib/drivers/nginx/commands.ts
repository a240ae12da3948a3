import type { Argv } from '../../system/run.ts'

/** Checks the whole configuration without touching the running server. */
export const testConfiguration = (): Argv => ['nginx', '-t', '-q']

/** Its version, and what it was built with. */
export const version = (): Argv => ['nginx', '-V']

/** Reads a log after its first bytes. */
export const logAfter = (path: string, bytes: number): Argv => ['tail', '-c', `+${bytes + 1}`, '--', path]
