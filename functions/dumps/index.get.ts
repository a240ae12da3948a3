import { array, optional, strictObject } from 'valibot'
import { databaseName, dump } from '../../lib/model/databases/schema.ts'
import { listDumps } from '../../lib/panel/databases/dumps.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'List the dumps that are kept: exports, copies from before an import, and of deleted databases',
  scope: 'databases:read',
  query: strictObject({ database: optional(databaseName) }),
  returns: array(dump),
  run: ({ ctx, query, identity }) => listDumps(ctx, identity, query.database),
})
