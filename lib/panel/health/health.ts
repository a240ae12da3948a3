import * as v from 'valibot'
import { byItself } from '../../model/protocol/caller.ts'
import { clockState } from '../alerts/clock.ts'
import { misconfigured } from '../alerts/configurations.ts'
import { failedHooks } from '../alerts/hooks.ts'
import type { Context } from '../http/context.ts'
import { waitingServices } from '../upgrades/watch.ts'

export const health = v.strictObject({
  status: v.picklist(['ok', 'degraded']),
  panel: v.literal('ok'),
  agent: v.picklist(['ok', 'unreachable']),
  services: v.array(v.strictObject({ name: v.string(), state: v.picklist(['running', 'stopped', 'missing']) })),
  /** Number of sites whose PHP has failed; alerts tell their owners. */
  failedPhp: v.number(),
  /** Services that run what an upgrade has replaced, and wait to be restarted. */
  outdated: v.array(v.string()),
  /** Services that would not start with their configuration, or run another one; alerts tell why. */
  misconfigured: v.array(v.string()),
  /** Whether the server's clock can be believed; alerts tell what to do. */
  clock: v.picklist(['ok', 'jumped', 'unsynchronised']),
})
export type Health = v.InferOutput<typeof health>

/** Asking the agent wakes it, so an answer is good for this long (ms), however many ask. */
const FRESH_MS = 5_000

const answers = new WeakMap<Context, { at: number; answer: Promise<Health> }>()

/** The state of the panel, its agent and the services. `now` is of any clock that is never set (ms). Never throws. */
export function readHealth(ctx: Context, now: number): Promise<Health> {
  const kept = answers.get(ctx)
  if (kept && now - kept.at <= FRESH_MS) return kept.answer
  // Other callers wait for it too.
  const answer = byItself(() => ask(ctx))
  answers.set(ctx, { at: now, answer })
  return answer
}

/** Tells only names and states, because no session is needed; the alerts tell the causes. */
async function ask(ctx: Context): Promise<Health> {
  const failed = failedHooks(ctx).map((hook) => `hosting-panel-${hook}`)
  try {
    const known = await ctx.agent.call('health', {})
    const services = [
      ...known.services.map(({ name, state }) => ({
        name,
        state: failed.includes(name) ? ('stopped' as const) : state,
      })),
      ...failed
        .filter((name) => !known.services.some((service) => service.name === name))
        .map((name) => ({ name, state: 'stopped' as const })),
    ]
    const refused = misconfigured(ctx)
    const isWell = refused.length === 0 && services.every(({ state }) => state === 'running')
    return {
      status: isWell ? 'ok' : 'degraded',
      panel: 'ok',
      agent: 'ok',
      services,
      failedPhp: known.failedPhp.length,
      outdated: waitingServices(ctx),
      misconfigured: refused,
      clock: clockState(ctx),
    }
  } catch {
    const nothing = { services: [], failedPhp: 0, outdated: [], misconfigured: [], clock: clockState(ctx) }
    return { status: 'degraded', panel: 'ok', agent: 'unreachable', ...nothing }
  }
}
