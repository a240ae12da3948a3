import { runHook } from '../lib/panel/alerts/hooks.ts'
import { sweepDumps } from '../lib/panel/databases/dumps.ts'
import { sweepNode } from '../lib/panel/node/versions.ts'
import { sweepStore } from '../lib/panel/store/sweep.ts'
import { hookContext } from './_context.ts'

/** Daily: forgets what has expired in the store, empties the trash of what is older than 30 days, and removes Node versions nobody uses. */
const ctx = await hookContext()
await runHook(ctx, 'sweep', async () => {
  console.log(`Forgot ${await sweepStore(ctx, new Date())} expired entries`)
  const { removed } = await ctx.agent.call('trash.sweep', {})
  console.log(`Removed ${removed.length} from the trash`)
  console.log(`Deleted ${await sweepDumps(ctx, new Date())} expired dumps`)
  console.log(`Removed ${(await sweepNode(ctx)).length} Node versions that nobody uses`)
})
