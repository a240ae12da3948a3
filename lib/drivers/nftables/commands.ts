import type { Argv } from '../../system/run.ts'

/** Loads rules from a file, all of them or none. */
export const load = (file: string): Argv => ['nft', '--file', file]

/** The tables that the kernel has now. */
export const listTables = (): Argv => ['nft', 'list', 'tables']
