import { doParts } from '../../model/parts.ts'
import { listProcesses } from '../../proc/processes.ts'
import { adminerIsIdle } from '../adminer/idle.ts'
import type { Context } from '../http/context.ts'
import { domainsOf } from '../store/sites.ts'
import { findIdle } from '../sites/idle.ts'

/** Lets the PHP of idle sites sleep, and the idle database tool. Answers the sites, and whether the tool was ended. */
export async function sleepIdlePhp(ctx: Context, now: number): Promise<{ sites: string[]; adminer: boolean }> {
  const processes = listProcesses()
  const domains = findIdle(domainsOf(ctx.db, 'php'), processes, now)
  const adminer = adminerIsIdle(processes, now)
  let sites: string[] = []
  await doParts({
    sites: async () => domains.length > 0 && (sites = (await ctx.agent.call('php.sleep', { domains })).stopped),
    'database tool': () => adminer && ctx.agent.call('databases.sleepAdminer', {}),
  })
  return { sites, adminer }
}
