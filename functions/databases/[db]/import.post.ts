import { strictObject } from 'valibot'
import { databaseName, dumpTypes, imported } from '../../../lib/model/databases/schema.ts'
import { importUpload, refuseFull } from '../../../lib/panel/databases/import.ts'
import { getRow } from '../../../lib/panel/databases/read.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { dumpImport } from '../../_throws.ts'

export default defineFunction({
  summary: 'Import a dump (.sql, .sql.gz or .sql.zst) into a database; if it fails, the database is as before',
  throws: ['database_busy'],
  scope: 'databases:write',
  audit: 'database.import',
  job: 'Import a dump',
  fails: dumpImport,
  params: strictObject({ db: databaseName }),
  accepts: dumpTypes,
  ownerOf: ({ ctx, params }) => getRow(ctx, params.db).owner,
  returns: imported,
  precheck: ({ ctx, params }) => refuseFull(ctx, params.db),
  run: ({ ctx, params, upload, job }) => importUpload(ctx, params.db, upload, job),
})
