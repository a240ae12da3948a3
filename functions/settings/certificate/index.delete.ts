import { SERVER } from '../../../lib/model/certificates/schema.ts'
import { deleteCertificate, planRemoval } from '../../../lib/panel/certificates/custom.ts'
import { getCertificate } from '../../../lib/panel/certificates/read.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { certificateChange, serverChange } from '../../_throws.ts'

export default defineFunction({
  summary: 'Remove the certificate of the server’s name: the panel goes back to its self-signed one',
  throws: [...certificateChange, ...serverChange, 'certificate_missing', 'server.drift', 'server_name_missing'],
  scope: 'server:write',
  audit: 'server.certificate.delete',
  snapshot: ({ ctx }) => getCertificate(ctx, SERVER),
  plan: ({ ctx }) => planRemoval(ctx, SERVER),
  run: ({ ctx }) => deleteCertificate(ctx, SERVER),
})
