import { maxLength, optional, pipe, strictObject, string } from 'valibot'
import { confirmFirewall } from '../../lib/panel/firewall/confirm.ts'
import { readFirewall } from '../../lib/panel/firewall/firewall.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Confirm a change of the firewall over a new connection; without it the change is undone',
  throws: ['firewall.confirm', 'nothing_to_confirm', 'same_connection'],
  scope: 'firewall:write',
  audit: 'firewall.confirm',
  body: strictObject({ proof: optional(pipe(string(), maxLength(100))) }),
  snapshot: ({ ctx }) => readFirewall(ctx),
  run: ({ ctx, event, identity, body }) => confirmFirewall(ctx, event, identity, body.proof),
})
