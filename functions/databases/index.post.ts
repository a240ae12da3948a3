import { databaseDetails, newDatabase } from '../../lib/model/databases/schema.ts'
import { createDatabase, planNewDatabase } from '../../lib/panel/databases/create.ts'
import { getDatabase } from '../../lib/panel/databases/read.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Create a database, for a site or by itself, with a first user if one is named',
  scope: 'databases:write',
  audit: 'database.create',
  body: newDatabase,
  returns: databaseDetails,
  status: 201,
  snapshot: ({ ctx, body }) => getDatabase(ctx, body.name),
  plan: ({ ctx, body, identity }) => planNewDatabase(ctx, body, identity),
  run: ({ ctx, body, identity }) => createDatabase(ctx, body, identity),
})
