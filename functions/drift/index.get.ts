import { array, strictObject } from 'valibot'
import { change } from '../../lib/model/protocol/change.ts'
import { drift } from '../../lib/panel/drift/converge.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Show changes by hand (drift): where the server differs from its desired state',
  throws: ['server.drift'],
  scope: 'server:read',
  returns: strictObject({ changes: array(change) }),
  run: async ({ ctx }) => ({ changes: await drift(ctx) }),
})
