import { strictObject } from 'valibot'
import { getDatabase } from '../../../lib/databases/read.ts'
import { databaseDetails, databaseName } from '../../../lib/databases/schema.ts'
import { defineFunction } from '../../../lib/function/define.ts'

export default defineFunction({
  summary: 'Show a database with its users and tables',
  scope: 'databases:read',
  params: strictObject({ db: databaseName }),
  returns: databaseDetails,
  run: ({ ctx, params }) => getDatabase(ctx, params.db),
})
