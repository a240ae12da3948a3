import { signOut } from '../../lib/panel/auth/session.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Sign out',
  scope: 'session',
  audit: 'session.delete',
  run: ({ ctx, event, identity }) => signOut(ctx, event, identity),
})
