import { databaseDetails, newDatabase } from '../../lib/model/databases/schema.ts'
import { createDatabase, planNewDatabase } from '../../lib/panel/databases/create.ts'
import { getDatabase } from '../../lib/panel/databases/read.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'
import { measuring } from '../_throws.ts'

export default defineFunction({
  summary: 'Create a database, for a site or by itself, with a first user if one is named',
  throws: [
    ...measuring,
    'database_exists',
    'database_not_found',
    'databases.apply',
    'databases.plan',
    'limit_reached',
    'outcome_unknown',
    'site_not_found',
    'user_not_found',
    'username_taken',
  ],
  scope: 'databases:write',
  audit: 'database.create',
  body: newDatabase,
  returns: databaseDetails,
  status: 201,
  snapshot: ({ ctx, body }) => getDatabase(ctx, body.name),
  plan: ({ ctx, body, identity }) => planNewDatabase(ctx, body, identity),
  run: ({ ctx, body, identity }) => createDatabase(ctx, body, identity),
})
