import { SERVER, certificate, certificateRequest } from '../../../lib/model/certificates/schema.ts'
import { issueCertificate, refuseUnaskable } from '../../../lib/panel/certificates/issue.ts'
import { getCertificate } from '../../../lib/panel/certificates/read.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { certificateIssue, serverChange } from '../../_throws.ts'

export default defineFunction({
  summary: 'Get a certificate for the server’s own name and use it, or renew it',
  throws: ['certificate_busy', 'server_name_missing'],
  perMinute: 60,
  scope: 'server:write',
  audit: 'server.certificate.issue',
  job: 'Get the server’s certificate',
  fails: [...certificateIssue, ...serverChange, 'server_name_missing'],
  body: certificateRequest,
  returns: certificate,
  snapshot: ({ ctx }) => getCertificate(ctx, SERVER),
  precheck: ({ ctx, body }) => refuseUnaskable(ctx, SERVER, body),
  run: ({ ctx, body, job }) => issueCertificate(ctx, SERVER, body, job.progress),
})
