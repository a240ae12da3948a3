import type { Cache } from '../../model/caches/schema.ts'
import { paths, ports } from '../../model/paths.ts'
import { siteNames } from '../../model/sites/names.ts'
import type { Context } from '../http/context.ts'
import { getSpec } from '../sites/read.ts'

/**
 * A site's caches: their settings, how to reach them, and how full they are. With `password`, one that was just made.
 */
export async function getCache(ctx: Context, domain: string, password?: string): Promise<Cache> {
  const {
    cache: { redis, page, scripts },
  } = getSpec(ctx, domain)
  const usage = await ctx.agent.call('caches.usage', { domain, redis: redis !== null, page: page !== null })
  const { user } = siteNames(domain)
  return {
    redis: redis && {
      enabled: true,
      username: user,
      ...(password !== undefined && { password }),
      prefix: `${user}:`,
      host: '127.0.0.1',
      port: ports.redis,
      socket: paths.redisSocket,
      scripts,
      keys: usage.redis?.keys ?? null,
      bytes: usage.redis?.bytes ?? null,
    },
    page: page && { ...page, ...usage.page! },
    problem: usage.problem,
  }
}
