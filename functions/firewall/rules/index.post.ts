import {
  addRule,
  changeFirewall,
  firewall,
  newRule,
  planFirewall,
  readFirewall,
} from '../../../lib/panel/firewall/firewall.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { firewallChange } from '../../_throws.ts'

export default defineFunction({
  summary: 'Add a rule to the firewall',
  throws: firewallChange,
  scope: 'firewall:write',
  audit: 'firewall.rule.create',
  body: newRule,
  returns: firewall,
  status: 201,
  snapshot: ({ ctx }) => readFirewall(ctx),
  plan: ({ ctx, body }) => planFirewall(ctx, addRule(body)),
  run: ({ ctx, body, address }) => changeFirewall(ctx, addRule(body), { address, confirm: body.confirm }),
})
