import { adminerIsIdle } from '../lib/panel/adminer/idle.ts'
import { tellConnections } from '../lib/panel/alerts/connections.ts'
import { watchServices } from '../lib/panel/alerts/services.ts'
import { reconcileApps } from '../lib/panel/apps/reconcile.ts'
import { watchDirectives } from '../lib/panel/directives/directives.ts'
import { defineHook } from '../lib/panel/hooks/define.ts'
import type { Context } from '../lib/panel/http/context.ts'
import { findIdle } from '../lib/panel/sites/idle.ts'
import { listSites } from '../lib/panel/sites/read.ts'

export default defineHook({
  summary: 'Raises alerts for dead services, stops idle apps and PHP, and starts apps that should run',
  schedule: 'minutely',
  run: async (ctx) => {
    await watchServices(ctx, new Date())
    tellConnections(ctx, new Date())
    await watchDirectives(ctx, new Date())
    await reap(ctx)
    await sleepPhp(ctx)
    if (!adminerIsIdle(Date.now())) return
    await ctx.agent.call('databases.sleepAdminer', {})
    console.log('Stopped the idle database tool')
  },
})

async function reap(ctx: Context): Promise<void> {
  const { slept, started, stopped } = await reconcileApps(ctx, Date.now())
  if (slept.length > 0) console.log(`${slept.length} idle apps sleep: ${slept.join(', ')}`)
  if (started.length > 0) console.log(`Started again: ${started.join(', ')}`)
  if (stopped.length > 0) console.log(`Stopped, as they should not run: ${stopped.join(', ')}`)
}

async function sleepPhp(ctx: Context): Promise<void> {
  const phpSites = listSites(ctx).filter(({ runtime }) => runtime === 'php')
  const domains = findIdle(
    phpSites.map(({ domain }) => domain),
    Date.now(),
  )
  if (domains.length === 0) return
  const { stopped } = await ctx.agent.call('php.sleep', { domains })
  console.log(`PHP of ${stopped.length} idle sites sleeps: ${stopped.join(', ')}`)
}
