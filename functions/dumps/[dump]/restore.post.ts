import { strictObject } from 'valibot'
import { databaseName, dumpId, imported } from '../../../lib/model/databases/schema.ts'
import { importDump, refuseRestore } from '../../../lib/panel/databases/import.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { dumpImport, measuring } from '../../_throws.ts'

export default defineFunction({
  summary: 'Restore a kept dump into a database; if it fails, the database is as before',
  throws: [...measuring, 'database_busy', 'database_not_found', 'limit_reached'],
  scope: 'databases:write',
  audit: 'dump.restore',
  job: 'Restore a dump',
  fails: [...dumpImport, 'database_not_found'],
  target: ({ body }) => body.database,
  params: strictObject({ dump: dumpId }),
  body: strictObject({ database: databaseName }),
  returns: imported,
  precheck: ({ ctx, body, identity }) => refuseRestore(ctx, body.database, identity),
  run: ({ ctx, params, body, job }) => importDump(ctx, body.database, params.dump, job),
})
