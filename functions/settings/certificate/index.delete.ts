import { deleteCertificate, planRemoval } from '../../../lib/certificates/own.ts'
import { getCertificate } from '../../../lib/certificates/read.ts'
import { SERVER } from '../../../lib/certificates/schema.ts'
import { defineFunction } from '../../../lib/function/define.ts'

export default defineFunction({
  summary: 'Remove the certificate of the server’s name: the panel goes back to its self-signed one',
  scope: 'server:write',
  audit: 'server.certificate.delete',
  snapshot: ({ ctx }) => getCertificate(ctx, SERVER),
  plan: ({ ctx }) => planRemoval(ctx, SERVER),
  run: ({ ctx }) => deleteCertificate(ctx, SERVER),
})
