import { strictObject } from 'valibot'
import { username } from '../../../lib/model/auth/usernames.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { deleteUser, getUser } from '../../../lib/panel/users/users.ts'

export default defineFunction({
  summary: 'Delete a user without sites and databases',
  throws: [
    'dns.delete',
    'last_administrator',
    'session_needed',
    'user_has_databases',
    'user_has_sites',
    'user_not_found',
  ],
  scope: 'users:write',
  audit: 'user.delete',
  params: strictObject({ user: username }),
  snapshot: ({ ctx, params }) => getUser(ctx, params.user),
  run: ({ ctx, identity, params }) => deleteUser(ctx, identity, params.user),
})
