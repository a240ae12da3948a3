import { defineHook } from '../lib/panel/hooks/define.ts'
import { pruneTemporary } from '../lib/panel/sites/temporary.ts'

export default defineHook({
  summary: 'Deletes expired PHP sessions and unused temporary files, and rotates PHP’s logs',
  schedule: 'hourly',
  run: async (ctx) => {
    const { removed, logs } = await pruneTemporary(ctx)
    console.log(`Deleted ${removed} temporary files, and rotated ${logs} logs`)
  },
})
