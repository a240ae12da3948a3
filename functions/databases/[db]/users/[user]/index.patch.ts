import { strictObject } from 'valibot'
import { databaseName, databaseUser, user, userChanges } from '../../../../../lib/model/databases/schema.ts'
import { getUser, planUser, updateUser } from '../../../../../lib/panel/databases/users.ts'
import { defineFunction } from '../../../../../lib/panel/http/define.ts'
import { databaseChange } from '../../../../_throws.ts'

export default defineFunction({
  summary: 'Change what a database user may, or give a new password, which is in the answer this once',
  throws: [...databaseChange, 'user_not_found'],
  scope: 'databases:write',
  audit: 'database.user.update',
  params: strictObject({ db: databaseName, user: databaseUser }),
  body: userChanges,
  returns: user,
  snapshot: ({ ctx, params }) => getUser(ctx, params.db, params.user),
  plan: ({ ctx, params, body }) => planUser(ctx, params.db, params.user, body),
  run: ({ ctx, params, body }) => updateUser(ctx, params.db, params.user, body),
})
