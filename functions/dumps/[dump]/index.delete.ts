import { strictObject } from 'valibot'
import { deleteDump, getDump } from '../../../lib/databases/dumps.ts'
import { dumpId } from '../../../lib/databases/schema.ts'
import { defineFunction } from '../../../lib/function/define.ts'

export default defineFunction({
  summary: 'Remove a dump before its time',
  scope: 'databases:write',
  audit: 'dump.delete',
  params: strictObject({ dump: dumpId }),
  snapshot: ({ ctx, params }) => getDump(ctx, params.dump),
  run: ({ ctx, params }) => deleteDump(ctx, params.dump),
})
