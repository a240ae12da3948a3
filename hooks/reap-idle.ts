import { findIdle } from '../lib/sites/idle.ts'
import { listSites } from '../lib/sites/read.ts'
import { hookContext } from './_context.ts'

/** Every minute: stops the PHP of sites nobody has asked for in ten. Wakes the agent only when there is one. */
const ctx = await hookContext()
const domains = findIdle(listSites(ctx).filter(({ runtime }) => runtime === 'php').map(({ domain }) => domain), Date.now())
if (domains.length > 0) {
  const { stopped } = await ctx.agent.call('php.sleep', { domains })
  console.log(`PHP of ${stopped.length} idle sites sleeps: ${stopped.join(', ')}`)
}
