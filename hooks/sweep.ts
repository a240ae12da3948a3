import { sweepCounters } from '../lib/store/counters.ts'
import { hookContext } from './_context.ts'

/** Daily: empties the trash of what is older than 30 days, and the store of what has expired. */
const ctx = await hookContext()
const { removed } = await ctx.agent.call('trash.sweep', {})
const expired = (await ctx.kv.sweep(Date.now())) + sweepCounters(ctx.db, Date.now())
console.log(`Removed ${removed.length} from the trash and ${expired} expired entries`)
