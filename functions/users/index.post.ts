import { defineFunction } from '../../lib/panel/http/define.ts'
import { createUser, getUser, newUser, user } from '../../lib/panel/users/users.ts'

export default defineFunction({
  summary: 'Add a user, with limits',
  throws: ['user_exists'],
  perMinute: 60,
  scope: 'users:write',
  audit: 'user.create',
  body: newUser,
  returns: user,
  status: 201,
  snapshot: ({ ctx, body }) => getUser(ctx, body.username),
  run: ({ ctx, body }) => createUser(ctx, body),
})
