import { strictObject } from 'valibot'
import {
  changeFirewall,
  confirmQuery,
  firewall,
  planFirewall,
  readFirewall,
  removeRule,
  ruleId,
} from '../../../../lib/panel/firewall/firewall.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { firewallChange } from '../../../_throws.ts'

export default defineFunction({
  summary: 'Delete a rule of the firewall',
  throws: [...firewallChange, 'rule_not_found'],
  scope: 'firewall:write',
  audit: 'firewall.rule.delete',
  params: strictObject({ rule: ruleId }),
  query: confirmQuery,
  returns: firewall,
  snapshot: ({ ctx }) => readFirewall(ctx),
  plan: ({ ctx, params }) => planFirewall(ctx, removeRule(params.rule)),
  run: ({ ctx, params, query, address }) =>
    changeFirewall(ctx, removeRule(params.rule), { address, confirm: query.confirm === 'true' }),
})
