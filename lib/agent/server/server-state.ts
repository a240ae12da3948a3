import { sitesWithAccounts } from '../../drivers/accounts/index.ts'
import { SERVER } from '../../model/certificates/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { Parsed } from '../../model/protocol/agent.ts'
import type { Change } from '../../model/protocol/change.ts'
import type { DesiredSite } from '../../model/protocol/desired.ts'
import { networksOf } from '../../model/sites/trusted-proxies.ts'
import { desiredBans } from '../bans/bans.ts'
import { alignVisitors, describeBannedNetworks, visitorDrift } from '../bans/visitors.ts'
import { describeRedisUsers, convergeRedis, redisDrift } from '../caches/redis.ts'
import { converge, type OnStep } from '../converge/converge.ts'
import { diff, toChanges } from '../converge/diff.ts'
import { databaseQueue } from '../converge/queues.ts'
import { convergeDatabases, desiredDatabases, isDatabase } from '../databases/databases.ts'
import { readServerFacts } from '../facts/facts.ts'
import { desiredFirewall } from '../firewall/firewall.ts'
import { startDaemons, stoppedDaemons } from '../health/daemons.ts'
import { loadStale, staleServices } from '../health/configurations.ts'
import { refuseTaken, splitTaken, takenText } from '../resources/place.ts'
import type { Delta } from '../resources/resource.ts'
import { services } from '../services/index.ts'
import { mariadb } from '../services/mariadb.ts'
import { certificatesOf, resourcesFor } from '../sites/batch.ts'
import { endRepairs } from '../sites/files.ts'
import { describeProxies, describeServer } from './describe-server.ts'

type Desired = Parsed<'server.drift'>

/** Compares the desired state with the machine. */
export async function drift(desired: Desired): Promise<Change[]> {
  return [
    ...(await toChanges(await differences(desired, true), true)),
    ...(await redisDrift()),
    ...(await visitorDrift()),
    ...(await staleServices()),
    ...(await stoppedDaemons()),
  ]
}

/**
 * Makes the whole machine as desired. Sites that nobody desires are moved to the trash only with
 * `removeOrphans`: an upgrade with a lost database must not take the sites along.
 */
export async function convergeServer(desired: Parsed<'server.converge'>, onStep: OnStep): Promise<Change[]> {
  onStep('Comparing with the server', 0)
  const stopped = await stoppedDaemons()
  // One that does not start now may do so with what is about to be put right.
  await startDaemons().catch(() => undefined)
  const { taken, free: deltas } = splitTaken(await differences(desired, desired.removeOrphans))
  const [others, databases] = [deltas.filter((delta) => !isApart(delta)), deltas.filter(isDatabase)]
  await endRepairs(others)
  await converge(others, onStep)
  const done: Delta[] = [...others]
  for (const { name, apart } of services) {
    if (apart) done.push(...(await convergeApart(name, deltas.filter(apart), desired.removeOrphans, onStep)))
    // MariaDB's settings come before what is in it.
    if (name === mariadb.name) {
      done.push(
        ...(await convergeApart(name, databases, desired.removeOrphans, onStep, (some) =>
          databaseQueue(() => convergeDatabases(some)),
        )),
      )
    }
  }
  const alive = (await convergeRedis().catch(orTell('Redis stays as it was', desired.removeOrphans, onStep))) ?? []
  if (desired.removeOrphans) refuseTaken(taken, 'Everything else was put right')
  for (const delta of taken) onStep(`${delta.name} stays as it was: it ${takenText(delta)}`, 99)
  await startDaemons().catch(orTell('The services stay as they are', desired.removeOrphans, onStep))
  const still = (await stoppedDaemons()).map(({ name }) => name)
  const started = stopped.filter(({ name }) => !still.includes(name))
  const bans = await alignVisitors()
  return [...(await toChanges(done, false)), ...alive, ...bans, ...started, ...(await loadStale())]
}

/** An installation goes on past what fails; `strictly`: somebody asked for it. */
const orTell =
  (what: string, strictly: boolean, onStep: OnStep) =>
  (error: unknown): void => {
    if (strictly || !(error instanceof PanelError)) throw error
    onStep(`${what}: ${error.message}`, 99)
  }

const isApart = (delta: Delta): boolean => isDatabase(delta) || services.some(({ apart }) => apart?.(delta))

/**
 * Converges some deltas by themselves: a service that cannot run here (no netfilter, a broken jail.local) must not stop
 * an installation. The drift goes on showing it.
 */
async function convergeApart(
  what: string,
  deltas: readonly Delta[],
  strictly: boolean,
  onStep: OnStep,
  makeTrue: (deltas: readonly Delta[]) => Promise<void> = converge,
): Promise<readonly Delta[]> {
  const made = await makeTrue(deltas).then(() => true, orTell(`${what} stays as it was`, strictly, onStep))
  return made ? deltas : []
}

async function differences(desired: Desired, removeOrphans: boolean): Promise<Delta[]> {
  const now = new Date()
  const wanted = new Set(desired.sites.map(({ domain }) => domain))
  const orphans = removeOrphans ? sitesWithAccounts().filter((domain) => !wanted.has(domain)) : []
  const sites: DesiredSite[] = [
    ...desired.sites.map((spec) => ({ ensure: 'present' as const, spec })),
    ...orphans.map((domain) => ({ ensure: 'absent' as const, domain, files: 'trash' as const })),
  ]
  const { certificate } = desired.server
  const facts = await readServerFacts(desired.server, [
    ...certificatesOf(sites),
    ...(certificate ? [{ subject: SERVER, id: certificate.id }] : []),
  ])
  const others = await Promise.all([
    desiredBans(desired.bans),
    desiredFirewall(desired.firewall),
    desiredDatabases(desired.databases),
  ])
  return diff([
    ...describeServer(desired.server, facts, desired.sites, {
      sites: desired.bans?.proxies ?? [],
      panel: networksOf(desired.server.trustedProxies, desired.proxies),
    }),
    ...describeProxies(desired.proxies),
    await describeBannedNetworks(),
    ...describeRedisUsers(desired.sites, facts),
    ...others.flat(),
    ...sites.flatMap((site) => resourcesFor(site, facts, now)),
  ])
}
