import { tellConnections } from '../lib/alerts/connections.ts'
import { reapApps } from '../lib/apps/reap.ts'
import { toolIsIdle } from '../lib/databases/tool-idle.ts'
import { findIdle } from '../lib/sites/idle.ts'
import { listSites } from '../lib/sites/read.ts'
import { hookContext } from './_context.ts'

/** Every minute: puts apps and PHP to sleep that nobody has asked for, and sees to it that apps run that should. */
const ctx = await hookContext()
const { slept, started, stopped } = await reapApps(ctx, Date.now())
if (slept.length > 0) console.log(`${slept.length} idle apps sleep: ${slept.join(', ')}`)
if (started.length > 0) console.log(`Started again: ${started.join(', ')}`)
if (stopped.length > 0) console.log(`Stopped, as they should not run: ${stopped.join(', ')}`)

const domains = findIdle(listSites(ctx).filter(({ runtime }) => runtime === 'php').map(({ domain }) => domain), Date.now())
if (domains.length > 0) {
  const { stopped: asleep } = await ctx.agent.call('php.sleep', { domains })
  console.log(`PHP of ${asleep.length} idle sites sleeps: ${asleep.join(', ')}`)
}
tellConnections(ctx, new Date())
if (toolIsIdle(Date.now())) {
  await ctx.agent.call('databases.sleepTool', {})
  console.log('The database tool sleeps')
}
