import { SERVER, certificate } from '../../../lib/model/certificates/schema.ts'
import { getCertificate } from '../../../lib/panel/certificates/read.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Show the certificate of the server’s own name, for the panel and FTP',
  scope: 'server:read',
  returns: certificate,
  run: ({ ctx }) => getCertificate(ctx, SERVER),
})
