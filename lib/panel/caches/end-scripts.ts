import { PanelError } from '../../model/errors.ts'
import type { Context } from '../http/context.ts'
import { listSpecs } from '../sites/read.ts'

const says = {
  ended: 'Ended a script that blocked Redis',
  restarted: 'Restarted Redis: it did not answer, or a script that had written could not be stopped',
  forgotten: 'Flushed all scripts of Redis: they took too much memory, or one had changed the settings of cjson',
} as const

/** Each minute: no script of one site keeps the others from their caches. A Redis that is down has its own alert. */
export async function endScripts(ctx: Context): Promise<void> {
  if (!listSpecs(ctx).some(({ cache }) => cache.redis !== null)) return
  const { outcome } = await ctx.agent.call('caches.endScripts', {}).catch((error: unknown) => {
    if (!(error instanceof PanelError)) throw error
    console.error(`Scripts of Redis were not looked at: ${error.message}`)
    return { outcome: 'none' as const }
  })
  if (outcome !== 'none') console.log(says[outcome])
}
