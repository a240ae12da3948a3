import { readAges } from '../lib/panel/clock/follow.ts'
import { pruneDumps } from '../lib/panel/databases/dumps.ts'
import { lookAtAllFiles } from '../lib/panel/files/problems.ts'
import { defineHook } from '../lib/panel/hooks/define.ts'
import { doParts } from '../lib/model/parts.ts'
import { pruneNode } from '../lib/panel/node/versions.ts'
import { pruneStore } from '../lib/panel/store/prune.ts'

export default defineHook({
  summary:
    'Deletes expired entries, trash after 30 days, expired dumps, and unused Node versions; looks at sites’ files',
  schedule: { daily: ['00:00'], spreadMinutes: 60 },
  run: (ctx) =>
    doParts({
      entries: async () => console.log(`Deleted ${pruneStore(ctx, await readAges(ctx))} expired entries`),
      trash: async () =>
        console.log(`Deleted ${(await ctx.agent.call('trash.prune', {})).removed.length} from the trash`),
      dumps: async () => console.log(`Deleted ${await pruneDumps(ctx, await readAges(ctx))} expired dumps`),
      files: async () => console.log(`${await lookAtAllFiles(ctx)} sites have file problems`),
      Node: async () => console.log(`Deleted ${(await pruneNode(ctx)).length} Node versions that nobody uses`),
    }),
})
