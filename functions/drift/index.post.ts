import { array, strictObject } from 'valibot'
import { change } from '../../lib/model/protocol/change.ts'
import { convergeServer, drift } from '../../lib/panel/drift/converge.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Put back what differs from what it should be',
  throws: ['server.drift'],
  scope: 'server:write',
  audit: 'server.converge',
  job: 'Put back what differs',
  fails: ['server.converge'],
  returns: strictObject({ changes: array(change) }),
  plan: ({ ctx }) => drift(ctx),
  run: async ({ ctx, job }) => ({ changes: await convergeServer(ctx, { removeOrphans: true }, job.progress) }),
})
