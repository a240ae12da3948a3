import { array, strictObject } from 'valibot'
import { defineFunction } from '../../lib/panel/http/define.ts'
import { listUsers, user } from '../../lib/panel/users/users.ts'

export default defineFunction({
  summary: 'List the users',
  scope: 'users:read',
  returns: strictObject({ users: array(user) }),
  run: ({ ctx }) => ({ users: listUsers(ctx) }),
})
