import { array, optional, strictObject } from 'valibot'
import { databaseName, dump } from '../../lib/model/databases/schema.ts'
import { listDumps } from '../../lib/panel/databases/dumps.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'List the kept dumps: exports, copies made before an import, and deleted databases',
  scope: 'databases:read',
  query: strictObject({ database: optional(databaseName) }),
  returns: array(dump),
  run: ({ ctx, query, identity }) => listDumps(ctx, identity, query.database),
})
