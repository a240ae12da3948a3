import { strictObject } from 'valibot'
import { deleteCertificate, planRemoval } from '../../../../lib/certificates/own.ts'
import { getCertificate } from '../../../../lib/certificates/read.ts'
import { defineFunction } from '../../../../lib/function/define.ts'
import { domain } from '../../../../lib/sites/domain.ts'

export default defineFunction({
  summary: 'Remove a site’s certificate: it goes back to http',
  scope: 'sites:write',
  audit: 'certificate.delete',
  params: strictObject({ site: domain }),
  snapshot: ({ ctx, params }) => getCertificate(ctx, params.site),
  plan: ({ ctx, params }) => planRemoval(ctx, params.site),
  run: ({ ctx, params }) => deleteCertificate(ctx, params.site),
})
