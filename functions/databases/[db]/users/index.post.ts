import { strictObject } from 'valibot'
import { databaseName, newUser, user } from '../../../../lib/model/databases/schema.ts'
import { createUser, listUsers, planNewUser } from '../../../../lib/panel/databases/users.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { databaseChange } from '../../../_throws.ts'

export default defineFunction({
  summary: 'Add a user to a database; the password is answered only once',
  throws: [...databaseChange, 'too_many_users', 'user_not_found', 'username_taken'],
  scope: 'databases:write',
  audit: 'database.user.create',
  params: strictObject({ db: databaseName }),
  body: newUser,
  returns: user,
  status: 201,
  snapshot: ({ ctx, params }) => listUsers(ctx, params.db),
  plan: ({ ctx, params, body }) => planNewUser(ctx, params.db, body),
  run: ({ ctx, params, body }) => createUser(ctx, params.db, body),
})
