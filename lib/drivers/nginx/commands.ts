import type { Argv } from '../../system/run.ts'

/** Checks the whole configuration without touching the running server. */
export const testConfiguration = (): Argv => ['nginx', '-t', '-q']

/**
 * Has glibc keep what nginx frees while it reads its configuration: it takes and frees 1.2 MB for each `map`, which
 * takes three quarters of the time otherwise. nginx.service.d/hosting-panel.conf has the same for the reloads.
 */
export const keptMemory = { MALLOC_TRIM_THRESHOLD_: '4194304', MALLOC_MMAP_THRESHOLD_: '1048576' }

/** Its version, and what it was built with. */
export const version = (): Argv => ['nginx', '-V']

/** Reads a log after its first bytes. */
export const logAfter = (path: string, bytes: number): Argv => ['tail', '-c', `+${bytes + 1}`, '--', path]
