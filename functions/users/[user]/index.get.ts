import { strictObject } from 'valibot'
import { username } from '../../../lib/auth/usernames.ts'
import { defineFunction } from '../../../lib/function/define.ts'
import { usage, userWithUsage } from '../../../lib/users/limits.ts'
import { user } from '../../../lib/users/users.ts'

export default defineFunction({
  summary: 'Show a person and what they use',
  scope: 'users:read',
  params: strictObject({ user: username }),
  returns: strictObject({ ...user.entries, usage }),
  run: ({ ctx, params }) => userWithUsage(ctx, params.user),
})
