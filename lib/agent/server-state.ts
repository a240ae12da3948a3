import { sitesWithAccounts } from '../drivers/accounts/index.ts'
import { PanelError } from '../errors.ts'
import { bansWish, isBans } from './bans.ts'
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
  const bans = deltas.filter(isBans)
  const others = deltas.filter((delta) => !isBans(delta))
  await converge(others, onStep)
  const banned = await convergeBans(bans, desired.removeOrphans, onStep)
  return toChanges([...others, ...banned], false)
}

/** A Fail2ban that cannot run (no netfilter, a broken jail.local) must not stop an installation; the drift goes on showing it. */
async function convergeBans(deltas: readonly Delta[], strictly: boolean, onStep: OnStep): Promise<readonly Delta[]> {
  try {
    await converge(deltas)
    return deltas
  } catch (error) {
    if (strictly || !(error instanceof PanelError)) throw error
    onStep(`Fail2ban stays as it was: ${error.message}`, 99)
    return []
  }
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
  return diff([...describeServer(facts), ...(await bansWish(desired.bans)), ...wishes.flatMap((wish) => describeWish(wish, facts, now))])
}
