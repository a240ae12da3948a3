import { boolean, nullable, number, strictObject } from 'valibot'
import { verifyAudit } from '../../lib/panel/audit/audit.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Check that no row of the audit log was changed or removed; answers the first that was',
  perMinute: 60,
  scope: 'audit:read',
  returns: strictObject({ intact: boolean(), broken: nullable(number()) }),
  run: ({ ctx }) => verifyAudit(ctx),
})
