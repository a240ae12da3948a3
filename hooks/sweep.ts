import { sweepStore } from '../lib/store/sweep.ts'
import { hookContext } from './_context.ts'

/** Daily: forgets what has expired in the store, and empties the trash of what is older than 30 days. */
const ctx = await hookContext()
console.log(`Forgot ${await sweepStore(ctx, new Date())} expired entries`)
const { removed } = await ctx.agent.call('trash.sweep', {})
console.log(`Removed ${removed.length} from the trash`)
