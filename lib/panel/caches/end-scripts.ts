import { PanelError } from '../../model/errors.ts'
import type { Context } from '../http/context.ts'
import { listSpecs } from '../sites/read.ts'

const says = {
  ended: 'Ended a script that held Redis up',
  restarted: 'Restarted Redis: something held it up that could not be ended alone, such as a script that had written',
  forgotten: 'Redis forgets all scripts: they took too much memory, or one had changed how others read JSON',
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
