import { strictObject } from 'valibot'
import { certificate, certificateRequest } from '../../../../lib/model/certificates/schema.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { issueCertificate, refuseUnaskable } from '../../../../lib/panel/certificates/issue.ts'
import { getCertificate } from '../../../../lib/panel/certificates/read.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { certificateIssue, siteChange } from '../../../_throws.ts'

export default defineFunction({
  summary: 'Get a certificate for a site and serve it, or renew the one it has',
  throws: ['certificate_busy'],
  perMinute: 60,
  scope: 'sites:write',
  audit: 'certificate.issue',
  job: 'Get a certificate',
  fails: [...certificateIssue, ...siteChange],
  params: strictObject({ site: domain }),
  body: certificateRequest,
  returns: certificate,
  snapshot: ({ ctx, params }) => getCertificate(ctx, params.site),
  precheck: ({ ctx, params, body }) => refuseUnaskable(ctx, params.site, body),
  run: ({ ctx, params, body, job }) => issueCertificate(ctx, params.site, body, job.progress),
})
