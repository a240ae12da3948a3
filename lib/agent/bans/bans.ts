import { networkInterfaces } from 'node:os'
import {
  ban,
  banTimes,
  firewallProblem,
  isInstalled,
  liveJails,
  readBanFacts,
  refuseUnlessRunning,
  unban,
} from '../../drivers/fail2ban/index.ts'
import { portsOf, readsOf, sourceOf } from '../../drivers/fail2ban/jails.ts'
import { jailNames, type BansSpec } from '../../model/bans/schema.ts'
import { PanelError } from '../../model/errors.ts'
import { overlap } from '../../model/network.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import type { Change } from '../../model/protocol/change.ts'
import { converge } from '../converge/converge.ts'
import { diff, toChanges } from '../converge/diff.ts'
import type { Delta, Resource } from '../resources/resource.ts'
import { describeBans } from './describe-bans.ts'

/** Describes Fail2ban as desired, when it is installed. */
export const desiredBans = async (spec: BansSpec | undefined): Promise<Resource[]> =>
  spec && isInstalled() ? describeBans(spec, await readBanFacts()) : []

export async function describeJails(): Promise<Output<'bans.jails'>> {
  const facts = await readBanFacts()
  const answer = await liveJails().then(
    (live) => ({ live, problem: null }),
    (error: Error) => ({ live: [] as string[], problem: error.message }),
  )
  const states = jailNames.map((name) => {
    const source = sourceOf(name, facts)
    return {
      name,
      missing: typeof source === 'string' ? source : null,
      reads: readsOf(name, facts),
      ports: portsOf(name, facts),
      live: answer.live.includes(name),
    }
  })
  return { problem: answer.problem ?? (await firewallProblem()), jails: states }
}

export const planBans = async (spec: BansSpec): Promise<Change[]> =>
  toChanges(await diff(await desiredBans(spec)), true)

/** Makes Fail2ban so, checked and live. Throws `fail2ban_missing` and `fail2ban_down` before anything is written. */
export async function applyBans(spec: BansSpec): Promise<Change[]> {
  await refuseUnlessRunning()
  const deltas: Delta[] = await diff(await desiredBans(spec))
  await converge(deltas)
  return toChanges(deltas, false)
}

/** Bans an address; not one of the server's own. Throws `never_banned`, `netfilter_missing`. */
export async function banManually({ address, jail }: Parsed<'bans.ban'>): Promise<Output<'bans.ban'>> {
  const own = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find((entry) => overlap(address, entry.address.split('%')[0]!))
  if (own)
    throw new PanelError(
      'never_banned',
      422,
      `${own.address} is one of this server's own addresses; it cannot be banned`,
    )
  const problem = await firewallProblem()
  if (problem) throw new PanelError('netfilter_missing', 503, problem)
  // The firewall's sets hold no two overlapping entries: what a network covers makes room for it.
  if (address.includes('/')) await unban(address, jail)
  await ban(jail, address)
  return { address }
}

/** The panel looks each 45 seconds; what ends before it has looked twice is renewed now (ms). */
const RENEW_BEFORE_MS = 120_000

/** Bans again what Fail2ban has let go, and for longer what it is about to. */
export async function renewBans({ bans }: Parsed<'bans.renew'>): Promise<Record<string, never>> {
  const live = await liveJails()
  for (const jail of live.filter((name) => bans.some((entry) => entry.jail === name))) {
    const ends = await banTimes(jail)
    const ending = bans.filter(
      (entry) => entry.jail === jail && (ends.get(entry.address) ?? 0) < Date.now() + RENEW_BEFORE_MS,
    )
    for (const { address } of ending) await ban(jail, address)
  }
  return {}
}
