import { array, strictObject } from 'valibot'
import { change } from '../../lib/model/protocol/change.ts'
import { convergeServer, drift } from '../../lib/panel/drift/converge.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Undo changes by hand: make the whole server as desired',
  throws: ['server.drift'],
  scope: 'server:write',
  audit: 'server.converge',
  job: 'Undo changes by hand',
  fails: ['change_pending', 'server.converge'],
  returns: strictObject({ changes: array(change) }),
  plan: ({ ctx }) => drift(ctx),
  run: async ({ ctx, job }) => ({ changes: await convergeServer(ctx, { removeOrphans: true }, job.progress) }),
})
