import { setTimeout as sleep } from 'node:timers/promises'
import type { Facts } from '../../drivers/facts.ts'
import { PanelError } from '../../model/errors.ts'
import type { Parsed } from '../../model/protocol/agent.ts'
import { byItself, caller, PANEL, type Caller } from '../../model/protocol/caller.ts'
import type { Change } from '../../model/protocol/change.ts'
import { tooLate } from '../../model/protocol/deadline.ts'
import type { ServerSpec, DesiredSite } from '../../model/protocol/desired.ts'
import { converge } from '../converge/converge.ts'
import { diff, toChanges } from '../converge/diff.ts'
import { runExclusive } from '../converge/queues.ts'
import { readFacts } from '../facts/facts.ts'
import { leaving } from '../php/leaving.ts'
import type { Delta, Resource } from '../resources/resource.ts'
import { endRepair } from './files.ts'
import { describeDirectives } from './describe-directives.ts'
import { resourcesOfRename } from './rename.ts'
import { describeAbsence, describeSite } from './describe-site.ts'
import { stamp, pruneTrash } from './trash.ts'

type SiteChange = Parsed<'sites.apply'>

interface Pending extends SiteChange {
  who: Caller | undefined
  resolve: (changes: Change[]) => void
  reject: (error: unknown) => void
}

let waiting: Pending[] = []

const domainOf = (desired: DesiredSite): string => (desired.ensure === 'present' ? desired.spec.domain : desired.domain)

/** The domains a site has, before and after. */
const domainsOf = (desired: DesiredSite): string[] =>
  desired.ensure === 'present' && desired.from ? [desired.from, desired.spec.domain] : [domainOf(desired)]

/** Describes a desired site on this machine. Throws `php_version_missing` when the version is not installed. */
export function resourcesFor(desired: DesiredSite, facts: Facts, now: Date): Resource[] {
  if (desired.ensure === 'absent') return describeAbsence(desired.domain, desired.files, stamp(now), facts)
  const { spec } = desired
  if (
    spec.runtime === 'php' &&
    (!spec.phpVersion || !facts.phpVersions.includes(spec.phpVersion) || leaving.has(spec.phpVersion))
  ) {
    throw new PanelError(
      'php_version_missing',
      409,
      `PHP ${spec.phpVersion} is not installed on this server; install it on the PHP page, or choose ` +
        `${facts.phpVersions.join(' or ')}`,
    )
  }
  return describeSite(spec, facts)
}

/** The same for a change of one site, which may give it another domain. Throws `path_taken`, `account_missing` then. */
async function resourcesOf({ desired, server }: SiteChange): Promise<Resource[]> {
  const now = new Date()
  if (desired.ensure === 'present' && desired.from) return resourcesOfRename(desired.from, desired.spec, server, now)
  return resourcesFor(desired, await factsFor(desired, server), now)
}

/** Own directives that are set anew are tried, whatever was set aside of the site before. */
async function factsFor(desired: DesiredSite, server: ServerSpec): Promise<Facts> {
  const facts = await readFacts(server, certificatesOf([desired]))
  const { ensure } = desired
  if (ensure === 'absent' || !facts.setAside.includes(desired.spec.domain)) return facts
  const { domain } = desired.spec
  const isNew = (await diff([describeDirectives(desired.spec)])).length > 0
  return isNew ? { ...facts, setAside: facts.setAside.filter((name) => name !== domain) } : facts
}

/** Lists the certificates that sites name. */
export const certificatesOf = (desiredSites: readonly DesiredSite[]): { subject: string; id: string }[] =>
  desiredSites.flatMap((desired) =>
    desired.ensure === 'present' && desired.spec.certificate
      ? [{ subject: desired.spec.domain, id: desired.spec.certificate.id }]
      : [],
  )

/** Shows what a site's desired state would change, with every file's diff. */
export async function planDesired(change: SiteChange): Promise<Change[]> {
  return toChanges(await diff(await resourcesOf(change)), true)
}

/**
 * Makes a site as desired. Sites that arrive while another change runs are done together, with one check and one
 * reload.
 */
export function applyDesired(change: SiteChange): Promise<Change[]> {
  return new Promise((resolve, reject) => {
    waiting.push({ ...change, who: caller(), resolve, reject })
    // Other callers wait for this work too.
    byItself(() => void runExclusive(drain))
  })
}

/** Time within which calls sent together arrive (ms), each on its own connection; one reload costs a hundred. */
const GATHERING_MS = 2

/** Most sites of one caller in a batch that has others' too: these wait for them. */
const EACH = 32

/**
 * Where several sites wait, more are on their way: so many pauses (ms each) are made for them, as long as some
 * come.
 */
const PAUSE_MS = 10
const MOST_PAUSES = 10

async function gather(): Promise<void> {
  for (let seen = 0, pauses = 0; waiting.length > seen && pauses <= MOST_PAUSES; pauses++) {
    seen = waiting.length
    await sleep(seen === 1 ? GATHERING_MS : PAUSE_MS)
  }
}

async function drain(): Promise<void> {
  if (waiting.length === 0) return
  await gather()
  const batch = nextBatch(waiting)
  waiting = waiting.filter((pending) => !batch.includes(pending))
  if (waiting.length > 0) void runExclusive(drain)
  const [late, timely] = [batch.filter(isLate), batch.filter((pending) => !isLate(pending))]
  for (const { reject } of late) reject(tooLate())
  if (timely.length > 0) await settle(timely)
}

const isLate = ({ who }: Pending): boolean => who?.gone.aborted ?? false

const nameOf = ({ who }: Pending): string => who?.name ?? PANEL

/** Takes the oldest of each caller's; of one site the newest state alone. */
function nextBatch(all: readonly Pending[]): Pending[] {
  const newest = [...new Map(all.map((pending) => [domainOf(pending.desired), pending])).values()]
  const callers = [...byCaller(newest).values()]
  return callers.length === 1 ? newest : callers.flatMap((own) => own.slice(0, EACH))
}

function byCaller(all: readonly Pending[]): Map<string, Pending[]> {
  const callers = new Map<string, Pending[]>()
  for (const pending of all) callers.set(nameOf(pending), [...(callers.get(nameOf(pending)) ?? []), pending])
  return callers
}

/**
 * Keeps one bad site from failing the others: a refused batch is done for each caller by itself, small ones first,
 * and one caller's is halved until the bad site stands alone. Faults of the machine (a full disk, an nginx that
 * cannot load) fail all of them.
 */
async function settle(batch: Pending[]): Promise<void> {
  try {
    const deltas = await makeTrue(batch)
    for (const [index, { resolve }] of batch.entries()) resolve(await toChanges(deltas[index]!, false))
  } catch (error) {
    if (batch.length === 1 || !(error instanceof PanelError && error.status < 500)) {
      for (const { reject } of batch) reject(error)
      return
    }
    const callers = [...byCaller(batch).values()].sort((a, b) => a.length - b.length)
    const middle = Math.ceil(batch.length / 2)
    for (const part of callers.length > 1 ? callers : [batch.slice(0, middle), batch.slice(middle)]) await settle(part)
  }
}

async function makeTrue(batch: readonly SiteChange[]): Promise<Delta[][]> {
  const deltas: Delta[][] = []
  for (const change of batch) deltas.push(await diff(await resourcesOf(change)))
  for (const [index, { desired }] of batch.entries()) {
    for (const domain of domainsOf(desired)) await endRepair(domain, deltas[index]!)
  }
  await converge(deltas.flat())
  if (deltas.flat().some(({ kind }) => kind === 'tree')) void pruneTrash()
  return deltas
}
