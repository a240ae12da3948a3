import { mail } from '../../../lib/model/mail/schema.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { showMail } from '../../../lib/panel/mail/mail.ts'

export default defineFunction({
  summary: 'Show the default mail server',
  throws: ['mail.show'],
  scope: 'server:read',
  returns: mail,
  run: ({ ctx }) => showMail(ctx),
})
