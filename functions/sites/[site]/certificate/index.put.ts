import { strictObject } from 'valibot'
import { putCertificate } from '../../../../lib/panel/certificates/own.ts'
import { getCertificate } from '../../../../lib/panel/certificates/read.ts'
import { certificate, ownCertificate } from '../../../../lib/model/certificates/schema.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { domain } from '../../../../lib/model/domain.ts'

export default defineFunction({
  summary: 'Serve a certificate of one’s own for a site',
  scope: 'sites:write',
  audit: 'certificate.put',
  secretBody: true,
  params: strictObject({ site: domain }),
  body: ownCertificate,
  returns: certificate,
  snapshot: ({ ctx, params }) => getCertificate(ctx, params.site),
  run: ({ ctx, params, body }) => putCertificate(ctx, params.site, body),
})
