import { strictObject } from 'valibot'
import { dumpId } from '../../../lib/model/databases/schema.ts'
import { deleteDump, getDump } from '../../../lib/panel/databases/dumps.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Delete a kept dump now',
  throws: ['dumps.remove'],
  scope: 'databases:write',
  audit: 'dump.delete',
  params: strictObject({ dump: dumpId }),
  snapshot: ({ ctx, params }) => getDump(ctx, params.dump),
  run: ({ ctx, params }) => deleteDump(ctx, params.dump),
})
