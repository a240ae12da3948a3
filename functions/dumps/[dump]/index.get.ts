import { strictObject } from 'valibot'
import { downloadDump } from '../../../lib/databases/dumps.ts'
import { dumpId } from '../../../lib/databases/schema.ts'
import { defineFunction } from '../../../lib/function/define.ts'

export default defineFunction({
  summary: 'Download a dump',
  scope: 'databases:read',
  params: strictObject({ dump: dumpId }),
  stream: 'application/octet-stream',
  run: ({ ctx, event, params }) => downloadDump(ctx, event, params.dump),
})
