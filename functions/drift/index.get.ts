import { array, strictObject } from 'valibot'
import { change } from '../../lib/model/protocol/change.ts'
import { drift } from '../../lib/panel/drift/converge.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Show what on the server differs from what it should be',
  throws: ['server.drift'],
  scope: 'server:read',
  returns: strictObject({ changes: array(change) }),
  run: async ({ ctx }) => ({ changes: await drift(ctx) }),
})
