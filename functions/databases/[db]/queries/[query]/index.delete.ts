import { strictObject } from 'valibot'
import { endQuery, getQuery } from '../../../../../lib/databases/queries.ts'
import { databaseName, queryId } from '../../../../../lib/databases/schema.ts'
import { defineFunction } from '../../../../../lib/function/define.ts'

export default defineFunction({
  summary: 'End a statement that runs in a database',
  scope: 'databases:write',
  audit: 'database.query.end',
  params: strictObject({ db: databaseName, query: queryId }),
  snapshot: ({ ctx, params }) => getQuery(ctx, params.db, params.query),
  run: ({ ctx, params }) => endQuery(ctx, params.db, params.query),
})
