import { toolIsIdle } from '../lib/panel/adminer/tool-idle.ts'
import { tellConnections } from '../lib/panel/alerts/connections.ts'
import { runHook } from '../lib/panel/alerts/hooks.ts'
import { watchServices } from '../lib/panel/alerts/services.ts'
import { reapApps } from '../lib/panel/apps/reap.ts'
import { findIdle } from '../lib/panel/sites/idle.ts'
import { listSites } from '../lib/panel/sites/read.ts'
import { hookContext } from './_context.ts'

/** Runs every minute: raises alerts for dead services, stops idle apps and PHP, and starts apps that should run. */
const ctx = await hookContext()
await runHook(ctx, 'reap-idle', async () => {
  await watchServices(ctx, new Date())
  tellConnections(ctx, new Date())
  const { slept, started, stopped } = await reapApps(ctx, Date.now())
  if (slept.length > 0) console.log(`${slept.length} idle apps sleep: ${slept.join(', ')}`)
  if (started.length > 0) console.log(`Started again: ${started.join(', ')}`)
  if (stopped.length > 0) console.log(`Stopped, as they should not run: ${stopped.join(', ')}`)

  const phpSites = listSites(ctx).filter(({ runtime }) => runtime === 'php')
  const domains = findIdle(phpSites.map(({ domain }) => domain), Date.now())
  if (domains.length > 0) {
    const { stopped: asleep } = await ctx.agent.call('php.sleep', { domains })
    console.log(`PHP of ${asleep.length} idle sites sleeps: ${asleep.join(', ')}`)
  }
  if (toolIsIdle(Date.now())) {
    await ctx.agent.call('databases.sleepTool', {})
    console.log('Stopped the idle database tool')
  }
})
