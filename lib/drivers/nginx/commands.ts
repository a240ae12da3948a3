import type { Argv } from '../../system/run.ts'

/** Checks the whole configuration without touching the running server. */
export const testConfiguration = (): Argv => ['nginx', '-t', '-q']

export const version = (): Argv => ['nginx', '-v']

export const tailLog = (path: string): Argv => ['tail', '-n', '3', '--', path]
