import { defineFunction } from '../../../lib/function/define.ts'
import { firewall, readFirewall } from '../../../lib/firewall/firewall.ts'

export default defineFunction({
  summary: 'Show the firewall: whether it is on, its rules in order, and a change that waits to be confirmed',
  scope: 'firewall:read',
  returns: firewall,
  run: ({ ctx }) => readFirewall(ctx),
})
