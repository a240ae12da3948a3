import { array, strictObject } from 'valibot'
import { certificateOverview } from '../../lib/model/certificates/schema.ts'
import { listCertificates } from '../../lib/panel/certificates/read.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'List the certificates of all sites and their states',
  scope: 'sites:read',
  returns: strictObject({ certificates: array(certificateOverview) }),
  run: async ({ ctx, identity }) => ({ certificates: await listCertificates(ctx, identity) }),
})
