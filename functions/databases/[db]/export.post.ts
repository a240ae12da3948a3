import { optional, strictObject } from 'valibot'
import { compression, databaseName, dump } from '../../../lib/model/databases/schema.ts'
import { exportDatabase, refuseExport } from '../../../lib/panel/databases/export.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Write a dump of a database to download; it is kept for a day',
  scope: 'databases:read',
  audit: 'database.export',
  job: 'Export the database',
  params: strictObject({ db: databaseName }),
  body: strictObject({ compression: optional(compression, 'zstd') }),
  returns: dump,
  precheck: ({ ctx, params }) => refuseExport(ctx, params.db),
  run: ({ ctx, params, body, job }) => exportDatabase(ctx, params.db, body.compression, job),
})
