import { strictObject } from 'valibot'
import { databaseDetails, databaseMove, databaseName } from '../../../lib/model/databases/schema.ts'
import { moveDatabase } from '../../../lib/panel/databases/create.ts'
import { getDatabase } from '../../../lib/panel/databases/read.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { measuring } from '../../_throws.ts'

export default defineFunction({
  summary: 'Give a database to another site or user',
  throws: [...measuring, 'limit_reached', 'site_not_found', 'user_not_found'],
  scope: 'databases:write',
  audit: 'database.move',
  params: strictObject({ db: databaseName }),
  body: databaseMove,
  returns: databaseDetails,
  snapshot: ({ ctx, params }) => getDatabase(ctx, params.db),
  run: ({ ctx, params, body, identity }) => moveDatabase(ctx, params.db, body, identity),
})
