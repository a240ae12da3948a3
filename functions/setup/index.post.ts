import { strictObject, string } from 'valibot'
import { newUsername } from '../../lib/model/auth/usernames.ts'
import { logSignIn } from '../../lib/panel/auth/auth-log.ts'
import { newPassword } from '../../lib/panel/auth/passwords.ts'
import { setUp, setupTry } from '../../lib/panel/auth/setup.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Make the first administrator with the installer’s one-time token',
  throws: ['setup_done', 'setup_token_invalid', 'too_many_attempts'],
  perMinute: 240,
  access: 'public',
  scope: 'setup',
  audit: 'setup',
  body: strictObject({ token: string(), username: newUsername, password: newPassword }),
  returns: strictObject({ username: string() }),
  status: 201,
  run: async ({ ctx, body, address }) => {
    await logSignIn('setup', body.username, address, async () => {
      setupTry(ctx, address)
      await setUp(ctx, body)
    })
    return { username: body.username }
  },
})
