import { strictObject } from 'valibot'
import { certificate, ownCertificate } from '../../../../lib/model/certificates/schema.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { putCertificate } from '../../../../lib/panel/certificates/custom.ts'
import { getCertificate } from '../../../../lib/panel/certificates/read.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { certificateServing, siteChange } from '../../../_throws.ts'

export default defineFunction({
  summary: 'Serve your own certificate for a site',
  throws: [...certificateServing, ...siteChange, 'certificates.keep'],
  scope: 'sites:write',
  audit: 'certificate.put',
  secretBody: true,
  params: strictObject({ site: domain }),
  body: ownCertificate,
  returns: certificate,
  snapshot: ({ ctx, params }) => getCertificate(ctx, params.site),
  run: ({ ctx, params, body }) => putCertificate(ctx, params.site, body),
})
