import { strictObject } from 'valibot'
import { domain } from '../../../../lib/model/domain.ts'
import { mail, mailChanges } from '../../../../lib/model/mail/schema.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { changeSiteMail, mailSettings, showSiteMail } from '../../../../lib/panel/mail/mail.ts'

export default defineFunction({
  summary: 'Set the mail server, the sender and the limit of a site',
  throws: ['mail.keep'],
  scope: 'sites:write',
  audit: 'site.mail.update',
  secretBody: true,
  params: strictObject({ site: domain }),
  body: mailChanges,
  returns: mail,
  snapshot: async ({ ctx, params }) => mailSettings(await showSiteMail(ctx, params.site)),
  run: ({ ctx, params, body, identity }) => changeSiteMail(ctx, params.site, body, identity),
})
