import { strictObject } from 'valibot'
import { importUpload, refuseBusy } from '../../../lib/databases/import.ts'
import { databaseName, dumpTypes, imported } from '../../../lib/databases/schema.ts'
import { defineFunction } from '../../../lib/function/define.ts'

export default defineFunction({
  summary: 'Carry out a dump (.sql, .sql.gz or .sql.zst) in a database; if it fails, what was there before is back',
  scope: 'databases:write',
  audit: 'database.import',
  job: 'Import a dump',
  params: strictObject({ db: databaseName }),
  takes: dumpTypes,
  returns: imported,
  ready: ({ ctx, params }) => refuseBusy(ctx, params.db),
  run: ({ ctx, params, upload, job }) => importUpload(ctx, params.db, upload, job),
})
