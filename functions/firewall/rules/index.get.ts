import { firewall, readFirewall } from '../../../lib/panel/firewall/firewall.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Show the firewall: whether it is on, its rules in order, and a change that waits to be confirmed',
  throws: ['firewall.keep', 'firewall.state'],
  scope: 'firewall:read',
  returns: firewall,
  run: ({ ctx }) => readFirewall(ctx),
})
