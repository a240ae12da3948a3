import { optional, strictObject } from 'valibot'
import { streamDatabase } from '../../../lib/databases/export.ts'
import { compression, databaseName } from '../../../lib/databases/schema.ts'
import { defineFunction } from '../../../lib/function/define.ts'

export default defineFunction({
  summary: 'Stream a dump of a database, as it is made',
  scope: 'databases:read',
  params: strictObject({ db: databaseName }),
  query: strictObject({ compression: optional(compression, 'none') }),
  stream: 'application/sql',
  run: ({ ctx, event, params, query }) => streamDatabase(ctx, event, params.db, query.compression),
})
