import { array, boolean, strictObject } from 'valibot'
import { auditEntry, auditFilter, listAudit } from '../../lib/panel/audit/audit.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Read the audit log, newest first, a hundred entries a page',
  scope: 'audit:read',
  query: auditFilter,
  returns: strictObject({ entries: array(auditEntry), more: boolean() }),
  run: ({ ctx, query }) => listAudit(ctx, query),
})
