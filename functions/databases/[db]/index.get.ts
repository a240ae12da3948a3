import { strictObject } from 'valibot'
import { databaseDetails, databaseName } from '../../../lib/model/databases/schema.ts'
import { getDatabase } from '../../../lib/panel/databases/read.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Show a database with its users and tables',
  scope: 'databases:read',
  params: strictObject({ db: databaseName }),
  returns: databaseDetails,
  run: ({ ctx, params }) => getDatabase(ctx, params.db),
})
