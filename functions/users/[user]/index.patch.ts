import { strictObject } from 'valibot'
import { username } from '../../../lib/model/auth/usernames.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { getUser, updateUser, user, userChanges } from '../../../lib/panel/users/users.ts'

export default defineFunction({
  summary: 'Change a user’s role, limits or password, or reset the second factor',
  throws: ['last_administrator', 'session_needed', 'user_not_found'],
  perMinute: 60,
  scope: 'users:write',
  audit: 'user.update',
  params: strictObject({ user: username }),
  body: userChanges,
  returns: user,
  snapshot: ({ ctx, params }) => getUser(ctx, params.user),
  run: ({ ctx, identity, params, body }) => updateUser(ctx, identity, params.user, body),
})
