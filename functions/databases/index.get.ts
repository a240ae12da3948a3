import { array } from 'valibot'
import { listDatabases } from '../../lib/databases/read.ts'
import { database } from '../../lib/databases/schema.ts'
import { defineFunction } from '../../lib/function/define.ts'

export default defineFunction({
  summary: 'List databases with their sizes',
  scope: 'databases:read',
  returns: array(database),
  run: ({ ctx, identity }) => listDatabases(ctx, identity!),
})
