import { sitesWithAccounts } from '../drivers/accounts/index.ts'
import { SERVER } from '../model/certificates/schema.ts'
import { PanelError } from '../model/errors.ts'
import { bansWish, isBans } from './bans.ts'
import { converge, isMariadbSettings, type OnStep } from './converge/converge.ts'
import { convergeDatabases, databasesWish, isDatabase } from './databases.ts'
import { describeServer } from './describe-server.ts'
import { certificatesOf, describeWish } from './converge/batch.ts'
import { amongDatabases } from './converge/exclusively.ts'
import { firewallWish, isFirewall } from './firewall.ts'
import { describeRedisUsers, isRedisServer, putRedisBack, redisDrift } from './redis.ts'
import { diff, toChanges } from './converge/diff.ts'
import { readServerFacts } from './facts.ts'
import type { Change } from '../model/protocol/change.ts'
import type { Parsed, Wish } from '../model/protocol/agent.ts'
import type { Delta } from './resource.ts'

type Desired = Parsed<'server.drift'>

/** The difference between everything wished for and the machine. */
export async function drift(desired: Desired): Promise<Change[]> {
  return [...(await toChanges(await differences(desired, true), true)), ...(await redisDrift())]
}

/**
 * Makes the whole machine as desired. Sites nobody wishes for are moved to the trash only with
 * `removeOrphans`: an upgrade with a lost database must not take the sites along.
 */
export async function convergeServer(desired: Parsed<'server.converge'>, onStep: OnStep): Promise<Change[]> {
  onStep('Comparing with the server', 0)
  const deltas = await differences(desired, desired.removeOrphans)
  const apart = [isBans, isFirewall, isMariadbSettings, isDatabase, isRedisServer]
  const others = deltas.filter((delta) => !apart.some((is) => is(delta)))
  await converge(others, onStep)
  const settings = await convergeApart('MariaDB', deltas.filter(isMariadbSettings), desired.removeOrphans, onStep)
  const databases = await convergeApart('MariaDB', deltas.filter(isDatabase), desired.removeOrphans, onStep, (some) => amongDatabases(() => convergeDatabases(some)))
  const walls = await convergeApart('The firewall', deltas.filter(isFirewall), desired.removeOrphans, onStep)
  const bans = await convergeApart('Fail2ban', deltas.filter(isBans), desired.removeOrphans, onStep)
  const redis = await convergeApart('Redis', deltas.filter(isRedisServer), desired.removeOrphans, onStep)
  const alive = await putRedisBack().catch((error: unknown) => {
    if (desired.removeOrphans || !(error instanceof PanelError)) throw error
    onStep(`Redis stays as it was: ${error.message}`, 99)
    return []
  })
  return [...(await toChanges([...others, ...settings, ...databases, ...walls, ...bans, ...redis], false)), ...alive]
}

/** What cannot run here (no netfilter, a broken jail.local) must not stop an installation; the drift goes on showing it. */
async function convergeApart(
  what: string, deltas: readonly Delta[], strictly: boolean, onStep: OnStep, makeTrue: (deltas: readonly Delta[]) => Promise<void> = converge,
): Promise<readonly Delta[]> {
  try {
    await makeTrue(deltas)
    return deltas
  } catch (error) {
    if (strictly || !(error instanceof PanelError)) throw error
    onStep(`${what} stays as it was: ${error.message}`, 99)
    return []
  }
}

async function differences(desired: Desired, removeOrphans: boolean): Promise<Delta[]> {
  const now = new Date()
  const wanted = new Set(desired.sites.map(({ domain }) => domain))
  const orphans = removeOrphans ? sitesWithAccounts().filter((domain) => !wanted.has(domain)) : []
  const wishes: Wish[] = [
    ...desired.sites.map((spec) => ({ ensure: 'present' as const, spec })),
    ...orphans.map((domain) => ({ ensure: 'absent' as const, domain, files: 'trash' as const })),
  ]
  const { certificate } = desired.server
  const facts = await readServerFacts(desired.server.resolvers, [
    ...certificatesOf(wishes), ...(certificate ? [{ subject: SERVER, id: certificate.id }] : []),
  ])
  const others = await Promise.all([bansWish(desired.bans), firewallWish(desired.firewall), databasesWish(desired.databases)])
  return diff([...describeServer(desired.server, facts), ...describeRedisUsers(desired.sites, facts), ...others.flat(), ...wishes.flatMap((wish) => describeWish(wish, facts, now))])
}
