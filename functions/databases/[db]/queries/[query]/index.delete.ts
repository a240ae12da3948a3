import { strictObject } from 'valibot'
import { databaseName, queryId } from '../../../../../lib/model/databases/schema.ts'
import { endQuery, getQuery } from '../../../../../lib/panel/databases/queries.ts'
import { defineFunction } from '../../../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'End a running query of a database',
  throws: ['databases.endQuery', 'query_not_found'],
  scope: 'databases:write',
  audit: 'database.query.end',
  params: strictObject({ db: databaseName, query: queryId }),
  snapshot: ({ ctx, params }) => getQuery(ctx, params.db, params.query),
  run: ({ ctx, params }) => endQuery(ctx, params.db, params.query),
})
