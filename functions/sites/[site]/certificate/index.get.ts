import { strictObject } from 'valibot'
import { getCertificate } from '../../../../lib/panel/certificates/read.ts'
import { certificate } from '../../../../lib/model/certificates/schema.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { domain } from '../../../../lib/model/domain.ts'

export default defineFunction({
  summary: 'Show a site’s certificate: its names, its dates, the last tries and the next',
  scope: 'sites:read',
  params: strictObject({ site: domain }),
  returns: certificate,
  run: ({ ctx, params }) => getCertificate(ctx, params.site),
})
