import { array } from 'valibot'
import { database } from '../../lib/model/databases/schema.ts'
import { listDatabases } from '../../lib/panel/databases/read.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'List databases with their sizes',
  scope: 'databases:read',
  returns: array(database),
  run: ({ ctx, identity }) => listDatabases(ctx, identity),
})
