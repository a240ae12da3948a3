import { array, strictObject } from 'valibot'
import { databaseName, user } from '../../../../lib/model/databases/schema.ts'
import { listUsers } from '../../../../lib/panel/databases/users.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: "List a database's users and how programs connect as them",
  scope: 'databases:read',
  params: strictObject({ db: databaseName }),
  returns: array(user),
  run: ({ ctx, params }) => listUsers(ctx, params.db),
})
