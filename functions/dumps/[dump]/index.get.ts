import { strictObject } from 'valibot'
import { dumpId } from '../../../lib/model/databases/schema.ts'
import { downloadDump } from '../../../lib/panel/databases/dumps.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Download a dump',
  scope: 'databases:read',
  params: strictObject({ dump: dumpId }),
  stream: 'application/octet-stream',
  run: ({ ctx, event, params }) => downloadDump(ctx, event, params.dump),
})
