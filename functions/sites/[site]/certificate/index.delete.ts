import { strictObject } from 'valibot'
import { domain } from '../../../../lib/model/domain.ts'
import { deleteCertificate, planRemoval } from '../../../../lib/panel/certificates/custom.ts'
import { getCertificate } from '../../../../lib/panel/certificates/read.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { certificateChange, siteChange } from '../../../_throws.ts'

export default defineFunction({
  summary: 'Remove a site’s certificate: it goes back to http',
  throws: [...siteChange, ...certificateChange, 'certificate_missing', 'hsts_on'],
  scope: 'sites:write',
  audit: 'certificate.delete',
  params: strictObject({ site: domain }),
  snapshot: ({ ctx, params }) => getCertificate(ctx, params.site),
  plan: ({ ctx, params }) => planRemoval(ctx, params.site),
  run: ({ ctx, params }) => deleteCertificate(ctx, params.site),
})
