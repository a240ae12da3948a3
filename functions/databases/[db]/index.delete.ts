import { nullable, optional, picklist, strictObject } from 'valibot'
import { databaseName, dumpId } from '../../../lib/model/databases/schema.ts'
import { refuseBusy } from '../../../lib/panel/databases/import.ts'
import { deleteDatabase } from '../../../lib/panel/databases/remove.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Delete a database and its users; a dump is kept for 30 days, unless dump=false',
  throws: ['database_busy'],
  scope: 'databases:write',
  audit: 'database.delete',
  job: 'Delete the database',
  fails: ['database_busy', 'databases.remove', 'outcome_unknown'],
  params: strictObject({ db: databaseName }),
  query: strictObject({ dump: optional(picklist(['true', 'false']), 'true') }),
  returns: strictObject({ dump: nullable(dumpId) }),
  precheck: ({ ctx, params }) => refuseBusy(ctx, params.db),
  run: ({ ctx, params, query, job }) => deleteDatabase(ctx, params.db, query.dump === 'true', job),
})
