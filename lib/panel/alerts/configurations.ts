import type { Output } from '../../model/protocol/agent.ts'
import type { Context } from '../http/context.ts'
import { listAlerts, syncAlerts, type AlertRow } from '../store/alerts.ts'

type Found = Output<'configurations.check'>['services'][number]

const ALERT = 'configuration:'
/** The configurations that daemons accepted when they were last asked. */
const KEY = 'configurations'
/** Asked again after this long (ms) although nothing has changed: a configuration may name what lies elsewhere. */
const AGAIN_MS = 60 * 60_000

interface Accepted {
  at: number
  services: { name: string; seen: string }[]
}

/**
 * Asks each minute whether daemons would start with their configurations as they are on disk, and run just those;
 * raises an alert for each that would not or does not, and ends those that are over. Answers them, in words.
 */
export async function watchConfigurations(ctx: Context, now: Date): Promise<string[]> {
  const before = await ctx.kv.get<Accepted>(KEY, now.getTime())
  const isFresh = before !== null && Math.abs(now.getTime() - before.at) < AGAIN_MS
  const known = isFresh ? before : { at: now.getTime(), services: [] }
  const { services } = await ctx.agent.call('configurations.check', { accepted: known.services })
  const accepted = services.filter(({ refusal }) => refusal === null).map(({ name, seen }) => ({ name, seen }))
  await ctx.kv.set(KEY, { at: known.at, services: accepted } satisfies Accepted, null)
  const found = services.flatMap((service) => toAlert(service, now) ?? [])
  syncAlerts(ctx.db, ALERT, found)
  return found.map(({ message }) => message)
}

/** The daemons that would not start, or run something else, as was found last. */
export const misconfigured = (ctx: Context): string[] =>
  listAlerts(ctx.db).flatMap(({ key }) => (key.startsWith(ALERT) ? [key.slice(ALERT.length)] : []))

function toAlert({ name, refusal, staleness }: Found, now: Date): AlertRow | null {
  const message = refusal
    ? `${name} goes on with the configuration from before, and would not serve again with the one on disk. Correct ` +
      `what is named here: ${refusal.replaceAll(/\s+/g, ' ')}`
    : staleness && `${name} ${staleness}. To have it load that, run: hosting-panel drift converge`
  if (!message) return null
  return { key: ALERT + name, site: null, severity: 'critical', since: now.toISOString(), message }
}
