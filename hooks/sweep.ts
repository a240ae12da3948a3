import { pruneDumps } from '../lib/panel/databases/dumps.ts'
import { lookAtAllFiles } from '../lib/panel/files/problems.ts'
import { defineHook } from '../lib/panel/hooks/define.ts'
import { pruneNode } from '../lib/panel/node/versions.ts'
import { pruneStore } from '../lib/panel/store/prune.ts'

export default defineHook({
  summary:
    'Deletes expired entries, trash after 30 days, expired dumps, and unused Node versions; looks at sites’ files',
  schedule: { daily: ['00:00'], spreadMinutes: 60 },
  run: async (ctx) => {
    console.log(`Deleted ${await pruneStore(ctx, new Date())} expired entries`)
    const { removed } = await ctx.agent.call('trash.prune', {})
    console.log(`Deleted ${removed.length} from the trash`)
    console.log(`Deleted ${await pruneDumps(ctx, new Date())} expired dumps`)
    console.log(`${await lookAtAllFiles(ctx)} sites have file problems`)
    console.log(`Deleted ${(await pruneNode(ctx)).length} Node versions that nobody uses`)
  },
})
