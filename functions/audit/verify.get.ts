import { boolean, nullable, number, strictObject } from 'valibot'
import { verifyAudit } from '../../lib/panel/audit/audit.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Tell whether the record is as it was written, and where not',
  perMinute: 60,
  scope: 'audit:read',
  returns: strictObject({ intact: boolean(), broken: nullable(number()) }),
  run: ({ ctx }) => verifyAudit(ctx),
})
