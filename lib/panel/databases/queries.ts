import type { InferOutput } from 'valibot'
import type { query } from '../../model/databases/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { Context } from '../http/context.ts'
import { getRow } from './read.ts'

type Query = InferOutput<typeof query>

/** The statements that run in a database now, the longest first. Throws `database_not_found`. */
export async function listQueries(ctx: Context, name: string): Promise<Query[]> {
  getRow(ctx, name)
  return (await ctx.agent.call('databases.queries', { name })).queries
}

export const getQuery = async (ctx: Context, name: string, id: number): Promise<Query | undefined> =>
  (await listQueries(ctx, name)).find((query) => query.id === id)

/** Ends one of them. Throws `query_not_found` when it has ended already. */
export async function endQuery(ctx: Context, name: string, id: number): Promise<void> {
  getRow(ctx, name)
  const { ended } = await ctx.agent.call('databases.endQuery', { name, id })
  if (!ended) throw new PanelError('query_not_found', 404, 'This query does not run any more')
}
