import { strictObject } from 'valibot'
import {
  changeFirewall,
  changeRule,
  firewall,
  planFirewall,
  readFirewall,
  ruleChanges,
  ruleId,
} from '../../../../lib/panel/firewall/firewall.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { firewallChange } from '../../../_throws.ts'

export default defineFunction({
  summary: 'Change or move a rule of the firewall',
  throws: [...firewallChange, 'rule_not_found'],
  scope: 'firewall:write',
  audit: 'firewall.rule.update',
  params: strictObject({ rule: ruleId }),
  body: ruleChanges,
  returns: firewall,
  snapshot: ({ ctx }) => readFirewall(ctx),
  plan: ({ ctx, params, body }) => planFirewall(ctx, changeRule(params.rule, body)),
  run: ({ ctx, params, body, address }) =>
    changeFirewall(ctx, changeRule(params.rule, body), { address, confirm: body.confirm }),
})
