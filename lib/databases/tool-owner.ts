import type { Context } from '../function/context.ts'

/** Whose a database is; null: the administrators'. Until databases have a table of their own, they all are. */
export const ownerOfDatabase = (_ctx: Context, _name: string): string | null => null
