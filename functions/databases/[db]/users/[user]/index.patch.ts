import { strictObject } from 'valibot'
import { databaseName, databaseUser, user, userChanges } from '../../../../../lib/model/databases/schema.ts'
import { getUser, planUser, updateUser } from '../../../../../lib/panel/databases/users.ts'
import { defineFunction } from '../../../../../lib/panel/http/define.ts'
import { databaseChange } from '../../../../_throws.ts'

export default defineFunction({
  summary: 'Change the rights of a database user, or make a new password; it is answered only once',
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
