import { maxLength, optional, pipe, strictObject, string } from 'valibot'
import { confirmFirewall } from '../../lib/panel/firewall/confirm.ts'
import { readFirewall } from '../../lib/panel/firewall/firewall.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Keep a change of the firewall that would be undone otherwise, from a new connection',
  throws: ['firewall.keep', 'nothing_to_confirm', 'same_connection'],
  scope: 'firewall:write',
  audit: 'firewall.confirm',
  body: strictObject({ proof: optional(pipe(string(), maxLength(100))) }),
  snapshot: ({ ctx }) => readFirewall(ctx),
  run: ({ ctx, event, identity, body }) => confirmFirewall(ctx, event, identity, body.proof),
})
