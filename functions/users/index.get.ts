import { array, strictObject } from 'valibot'
import { defineFunction } from '../../lib/function/define.ts'
import { listUsers, user } from '../../lib/users/users.ts'

export default defineFunction({
  summary: 'List the people',
  scope: 'users:read',
  returns: strictObject({ users: array(user) }),
  run: ({ ctx }) => ({ users: listUsers(ctx) }),
})
