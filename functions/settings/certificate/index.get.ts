import { getCertificate } from '../../../lib/certificates/read.ts'
import { SERVER, certificate } from '../../../lib/certificates/schema.ts'
import { defineFunction } from '../../../lib/function/define.ts'

export default defineFunction({
  summary: 'Show the certificate of the server’s own name, for the panel and FTP',
  scope: 'server:read',
  returns: certificate,
  run: ({ ctx }) => getCertificate(ctx, SERVER),
})
