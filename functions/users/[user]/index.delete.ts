import { strictObject } from 'valibot'
import { username } from '../../../lib/auth/usernames.ts'
import { defineFunction } from '../../../lib/function/define.ts'
import { deleteUser, getUser } from '../../../lib/users/users.ts'

export default defineFunction({
  summary: 'Remove a person who owns no sites',
  scope: 'users:write',
  audit: 'user.delete',
  params: strictObject({ user: username }),
  snapshot: ({ ctx, params }) => getUser(ctx, params.user),
  run: ({ ctx, identity, params }) => deleteUser(ctx, identity!, params.user),
})
