import { strictObject } from 'valibot'
import { databaseName, dumpId, imported } from '../../../lib/model/databases/schema.ts'
import { importDump, refuseRestore } from '../../../lib/panel/databases/import.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Restore a kept dump into a database; if it fails, the database is as before',
  scope: 'databases:write',
  audit: 'dump.restore',
  job: 'Restore a dump',
  target: ({ body }) => body.database,
  params: strictObject({ dump: dumpId }),
  body: strictObject({ database: databaseName }),
  returns: imported,
  precheck: ({ ctx, body, identity }) => refuseRestore(ctx, body.database, identity),
  run: ({ ctx, params, body, job }) => importDump(ctx, body.database, params.dump, job),
})
