import { auditFilter, exportAudit } from '../../lib/panel/audit/audit.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Export the record of what was done, as lines of JSON',
  scope: 'audit:read',
  query: auditFilter,
  stream: 'application/x-ndjson',
  run: ({ ctx, query }) => exportAudit(ctx, query),
})
