import { SERVER, certificate, ownCertificate } from '../../../lib/model/certificates/schema.ts'
import { putCertificate } from '../../../lib/panel/certificates/custom.ts'
import { getCertificate } from '../../../lib/panel/certificates/read.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { certificateServing, serverChange } from '../../_throws.ts'

export default defineFunction({
  summary: 'Serve your own certificate for the server’s name',
  throws: [...certificateServing, ...serverChange, 'certificates.keep', 'server_name_missing'],
  scope: 'server:write',
  audit: 'server.certificate.put',
  secretBody: true,
  body: ownCertificate,
  returns: certificate,
  snapshot: ({ ctx }) => getCertificate(ctx, SERVER),
  run: ({ ctx, body }) => putCertificate(ctx, SERVER, body),
})
