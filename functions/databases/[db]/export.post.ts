import { optional, strictObject } from 'valibot'
import { compression, databaseName, dump } from '../../../lib/model/databases/schema.ts'
import { exportDatabase, refuseExport } from '../../../lib/panel/databases/export.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { measuring } from '../../_throws.ts'

export default defineFunction({
  summary: 'Write a dump of a database to download; it is kept for a day',
  throws: [...measuring, 'database_busy', 'limit_reached'],
  scope: 'databases:read',
  audit: 'database.export',
  job: 'Export the database',
  fails: ['cancelled', 'databases.export', 'limit_reached'],
  params: strictObject({ db: databaseName }),
  body: strictObject({ compression: optional(compression, 'zstd') }),
  returns: dump,
  precheck: ({ ctx, params }) => refuseExport(ctx, params.db),
  run: ({ ctx, params, body, job }) => exportDatabase(ctx, params.db, body.compression, job),
})
