import type { Argv } from '../../system/run.ts'

/** Loads rules from a file, all of them or none. */
export const load = (file: string): Argv => ['nft', '--file', file]
