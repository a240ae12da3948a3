import { sitesWithAccounts } from '../drivers/accounts/index.ts'
import { converge, type OnStep } from './converge.ts'
import { describeServer } from './describe-server.ts'
import { describeWish } from './batch.ts'
import { diff, toChanges } from './diff.ts'
import { readFacts } from './facts.ts'
import type { Change, Parsed, Wish } from './protocol.ts'
import type { Delta } from './resource.ts'

type Desired = Parsed<'server.drift'>

/** The difference between everything wished for and the machine. */
export async function drift(desired: Desired): Promise<Change[]> {
  return toChanges(await differences(desired, true), true)
}

/**
 * Makes the whole machine as desired. Sites nobody wishes for are moved to the trash only with
 * `removeOrphans`: an upgrade with a lost database must not take the sites along.
 */
export async function convergeServer(desired: Parsed<'server.converge'>, onStep: OnStep): Promise<Change[]> {
  onStep('Comparing with the server', 0)
  const deltas = await differences(desired, desired.removeOrphans)
  await converge(deltas, onStep)
  return toChanges(deltas, false)
}

async function differences(desired: Desired, removeOrphans: boolean): Promise<Delta[]> {
  const facts = await readFacts(desired.server.resolvers)
  const now = new Date()
  const wanted = new Set(desired.sites.map(({ domain }) => domain))
  const orphans = removeOrphans ? sitesWithAccounts().filter((domain) => !wanted.has(domain)) : []
  const wishes: Wish[] = [
    ...desired.sites.map((spec) => ({ ensure: 'present' as const, spec })),
    ...orphans.map((domain) => ({ ensure: 'absent' as const, domain, files: 'trash' as const })),
  ]
  return diff([...describeServer(facts), ...wishes.flatMap((wish) => describeWish(wish, facts, now))])
}
