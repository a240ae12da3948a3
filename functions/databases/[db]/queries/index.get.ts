import { array, strictObject } from 'valibot'
import { databaseName, query } from '../../../../lib/model/databases/schema.ts'
import { listQueries } from '../../../../lib/panel/databases/queries.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'List the running queries of a database',
  throws: ['databases.queries'],
  scope: 'databases:read',
  params: strictObject({ db: databaseName }),
  returns: array(query),
  run: ({ ctx, params }) => listQueries(ctx, params.db),
})
