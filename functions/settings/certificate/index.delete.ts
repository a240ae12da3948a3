import { SERVER } from '../../../lib/model/certificates/schema.ts'
import { deleteCertificate, planRemoval } from '../../../lib/panel/certificates/custom.ts'
import { getCertificate } from '../../../lib/panel/certificates/read.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Remove the certificate of the server’s name: the panel goes back to its self-signed one',
  scope: 'server:write',
  audit: 'server.certificate.delete',
  snapshot: ({ ctx }) => getCertificate(ctx, SERVER),
  plan: ({ ctx }) => planRemoval(ctx, SERVER),
  run: ({ ctx }) => deleteCertificate(ctx, SERVER),
})
