import { strictObject } from 'valibot'
import { username } from '../../../lib/model/auth/usernames.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { usage, userWithUsage } from '../../../lib/panel/users/usage.ts'
import { user } from '../../../lib/panel/users/users.ts'
import { measuring } from '../../_throws.ts'

export default defineFunction({
  summary: 'Show a user, with limits and use',
  throws: [...measuring, 'user_not_found'],
  scope: 'users:read',
  params: strictObject({ user: username }),
  returns: strictObject({ ...user.entries, usage }),
  run: ({ ctx, params }) => userWithUsage(ctx, params.user),
})
