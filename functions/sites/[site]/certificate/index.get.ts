import { strictObject } from 'valibot'
import { certificate } from '../../../../lib/model/certificates/schema.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { getCertificate } from '../../../../lib/panel/certificates/read.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Show a site’s certificate: names, dates, the last tries and the next one',
  scope: 'sites:read',
  params: strictObject({ site: domain }),
  returns: certificate,
  run: ({ ctx, params }) => getCertificate(ctx, params.site),
})
