import { optional, strictObject } from 'valibot'
import { compression, databaseName } from '../../../lib/model/databases/schema.ts'
import { streamDatabase } from '../../../lib/panel/databases/export.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Stream a dump of a database, as it is made',
  throws: ['databases.stream', 'dump_failed'],
  scope: 'databases:read',
  params: strictObject({ db: databaseName }),
  query: strictObject({ compression: optional(compression, 'none') }),
  stream: 'application/sql',
  run: ({ ctx, event, params, query }) => streamDatabase(ctx, event, params.db, query.compression),
})
