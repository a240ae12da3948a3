import { unban } from '../drivers/fail2ban/index.ts'
import type { Operations, operations } from '../model/protocol/agent.ts'
import type { Implementations } from '../model/protocol/define.ts'
import { applyBans, banManually, describeJails, planBans, renewBans } from './bans/bans.ts'
import { alignBans, listLiveBans } from './bans/visitors.ts'
import { keepAlive, runExclusive } from './converge/queues.ts'
import { applyRanges } from './proxies/apply.ts'
import { followAddresses } from './proxies/follow.ts'
import { fetchRanges } from './proxies/ranges.ts'
import { applyFirewall, describeFirewall, confirmFirewall, planFirewall } from './firewall/firewall.ts'

type Own = Extract<keyof Operations, `bans.${string}` | `firewall.${string}` | `proxies.${string}`>

/** Implements the operations about bans and the firewall. */
export const securityOperations: Pick<Implementations<typeof operations>, Own> = {
  'proxies.ranges': (input) => keepAlive(() => fetchRanges(input)),
  'proxies.follow': (input) => runExclusive(() => followAddresses(input)),
  'proxies.apply': (input) => runExclusive(() => applyRanges(input)),
  'proxies.align': async () => ({ changes: await runExclusive(alignBans) }),
  'bans.list': async () => ({ bans: await listLiveBans() }),
  'bans.jails': describeJails,
  'bans.plan': async ({ bans }) => ({ changes: await planBans(bans) }),
  'bans.apply': async ({ bans }) => ({ changes: await runExclusive(() => applyBans(bans)) }),
  'bans.ban': (input) => runExclusive(() => banManually(input)),
  'bans.unban': async ({ address, jail }) => ({ ended: await runExclusive(() => unban(address, jail)) }),
  'bans.renew': (input) => runExclusive(() => renewBans(input)),
  'firewall.state': describeFirewall,
  'firewall.plan': async ({ firewall }) => ({ changes: await planFirewall(firewall) }),
  'firewall.apply': (input) => runExclusive(() => applyFirewall(input)),
  'firewall.confirm': () => runExclusive(confirmFirewall),
}
