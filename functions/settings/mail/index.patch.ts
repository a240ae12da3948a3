import { mail, mailChanges } from '../../../lib/model/mail/schema.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { changeMail, mailSettings, showMail } from '../../../lib/panel/mail/mail.ts'

export default defineFunction({
  summary: 'Set the mail server of all sites that have none of their own, and the usual limit of each',
  throws: ['mail.keep'],
  scope: 'server:write',
  audit: 'settings.mail.update',
  secretBody: true,
  body: mailChanges,
  returns: mail,
  snapshot: async ({ ctx }) => mailSettings(await showMail(ctx)),
  run: ({ ctx, body }) => changeMail(ctx, body),
})
