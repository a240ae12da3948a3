import { strictObject } from 'valibot'
import { domain } from '../../../../lib/model/domain.ts'
import { mail } from '../../../../lib/model/mail/schema.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { showSiteMail } from '../../../../lib/panel/mail/mail.ts'

export default defineFunction({
  summary: 'Show how a site’s mail leaves, its limit, and its newest messages',
  throws: ['mail.show'],
  scope: 'sites:read',
  params: strictObject({ site: domain }),
  returns: mail,
  run: ({ ctx, params }) => showSiteMail(ctx, params.site),
})
