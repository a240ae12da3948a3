import { sweepDumps } from '../lib/panel/databases/dumps.ts'
import { defineHook } from '../lib/panel/hooks/define.ts'
import { sweepNode } from '../lib/panel/node/versions.ts'
import { sweepStore } from '../lib/panel/store/sweep.ts'

export default defineHook({
  summary: 'Deletes expired entries, trash after 30 days, expired dumps, and unused Node versions',
  schedule: { daily: ['00:00'], spreadMinutes: 60 },
  run: async (ctx) => {
    console.log(`Forgot ${await sweepStore(ctx, new Date())} expired entries`)
    const { removed } = await ctx.agent.call('trash.sweep', {})
    console.log(`Removed ${removed.length} from the trash`)
    console.log(`Deleted ${await sweepDumps(ctx, new Date())} expired dumps`)
    console.log(`Removed ${(await sweepNode(ctx)).length} Node versions that nobody uses`)
  },
})
