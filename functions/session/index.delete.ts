import { signOut } from '../../lib/auth/session.ts'
import { defineFunction } from '../../lib/function/define.ts'

export default defineFunction({
  summary: 'Sign out',
  scope: 'session',
  audit: 'session.delete',
  run: ({ ctx, event, identity }) => signOut(ctx, event, identity!),
})
