import { strictObject } from 'valibot'
import { getCertificate } from '../../../../lib/certificates/read.ts'
import { certificate } from '../../../../lib/certificates/schema.ts'
import { defineFunction } from '../../../../lib/function/define.ts'
import { domain } from '../../../../lib/sites/domain.ts'

export default defineFunction({
  summary: 'Show a site’s certificate: its names, its dates, the last tries and the next',
  scope: 'sites:read',
  params: strictObject({ site: domain }),
  returns: certificate,
  run: ({ ctx, params }) => getCertificate(ctx, params.site),
})
