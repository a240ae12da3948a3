import { strictObject } from 'valibot'
import { databaseName, databaseUser } from '../../../../../lib/model/databases/schema.ts'
import { deleteUser, getUser, planRemoval } from '../../../../../lib/panel/databases/users.ts'
import { defineFunction } from '../../../../../lib/panel/http/define.ts'
import { databaseChange } from '../../../../_throws.ts'

export default defineFunction({
  summary: 'Delete a database user and end its connections',
  throws: [...databaseChange, 'user_not_found'],
  scope: 'databases:write',
  audit: 'database.user.delete',
  params: strictObject({ db: databaseName, user: databaseUser }),
  snapshot: ({ ctx, params }) => getUser(ctx, params.db, params.user),
  plan: ({ ctx, params }) => planRemoval(ctx, params.db, params.user),
  run: ({ ctx, params }) => deleteUser(ctx, params.db, params.user),
})
