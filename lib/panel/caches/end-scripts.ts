import { PanelError } from '../../model/errors.ts'
import { siteUser } from '../../model/sites/names.ts'
import type { Context } from '../http/context.ts'
import { listSpecs } from '../sites/read.ts'
import { noteOffence, settleOffences } from './script-offences.ts'

const says = {
  ended: 'Ended a script that blocked Redis',
  restarted: 'Restarted Redis: it did not answer, or a script that had written could not be stopped',
  forgotten: 'Flushed all scripts of Redis: they took too much memory, or one had changed the settings of cjson',
} as const

/**
 * Lets no script of one site keep the others from their caches: each minute, and when Redis is busy. A Redis that is
 * down has its own alert.
 */
export async function endScripts(ctx: Context, now: number): Promise<void> {
  const specs = listSpecs(ctx)
  await settleOffences(ctx, specs, now)
  if (!specs.some(({ cache }) => cache.redis !== null)) return
  const { outcome, user } = await ctx.agent.call('caches.endScripts', {}).catch((error: unknown) => {
    if (!(error instanceof PanelError)) throw error
    console.error(`Scripts of Redis were not looked at: ${error.message}`)
    return { outcome: 'none' as const, user: null }
  })
  if (outcome === 'none') return
  console.log(`${says[outcome]}${user ? ` (${user})` : ''}`)
  const spec = specs.find(({ domain }) => siteUser(domain) === user)
  if (spec) await noteOffence(ctx, spec.domain, now)
}
