import { auditFilter, exportAudit } from '../../lib/panel/audit/audit.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Export the audit log, one JSON object a line',
  scope: 'audit:read',
  query: auditFilter,
  stream: 'application/x-ndjson',
  run: ({ ctx, query }) => exportAudit(ctx, query),
})
