import {
  changeFirewall,
  firewall,
  planFirewall,
  readFirewall,
  switchChange,
  turn,
} from '../../lib/panel/firewall/firewall.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'
import { firewallChange } from '../_throws.ts'

export default defineFunction({
  summary: 'Turn the firewall on or off',
  throws: firewallChange,
  scope: 'firewall:write',
  audit: 'firewall.update',
  body: switchChange,
  returns: firewall,
  snapshot: ({ ctx }) => readFirewall(ctx),
  plan: ({ ctx, body }) => planFirewall(ctx, turn(body.enabled)),
  run: ({ ctx, body, address }) => changeFirewall(ctx, turn(body.enabled), { address, confirm: body.confirm }),
})
