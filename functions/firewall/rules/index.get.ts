import { firewall, readFirewall } from '../../../lib/panel/firewall/firewall.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Show the firewall: on or off, its rules in order, and a change that must be confirmed',
  throws: ['firewall.confirm', 'firewall.state'],
  scope: 'firewall:read',
  returns: firewall,
  run: ({ ctx }) => readFirewall(ctx),
})
