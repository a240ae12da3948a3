import * as v from 'valibot'
import { pagePath, pageUsage, redisUsage } from '../caches/schema.ts'
import { domain } from '../domain.ts'
import { nothing } from './change.ts'
import * as errors from './throws.ts'

/** Operations of the agent about sites' caches. */
export const cacheOperations = {
  /** How full a site's caches are; `problem` is why Redis does not say. */
  'caches.usage': {
    reads: 'shared',
    input: v.strictObject({ domain, redis: v.boolean(), page: v.boolean() }),
    output: v.strictObject({
      redis: v.nullable(redisUsage),
      page: v.nullable(pageUsage),
      problem: v.nullable(v.string()),
    }),
  },
  /** Ends a script of Redis that holds everybody up and tells whose it was; forgets scripts that harm others. */
  'caches.endScripts': {
    isLook: true,
    input: nothing,
    output: v.strictObject({
      outcome: v.picklist(['none', 'ended', 'restarted', 'forgotten']),
      user: v.nullable(v.string()),
    }),
    throws: [...errors.redis, 'command_failed', 'redis_check_failed'],
  },
  /** Removes a site's keys from Redis. */
  'caches.flush': {
    input: v.strictObject({ domain }),
    output: v.strictObject({ keys: v.number() }),
    throws: errors.redis,
  },
  /** Tells which user's program opened a connection of this machine to itself; null: none of a site's. */
  'caches.caller': {
    reads: 'each',
    input: v.strictObject({ address: v.string(), port: v.number(), server: v.string(), serverPort: v.number() }),
    output: v.strictObject({ user: v.nullable(v.string()) }),
  },
  /** Removes a site's kept pages of one path; null: all. */
  'caches.flushPages': {
    input: v.strictObject({ domain, path: v.nullable(pagePath) }),
    output: v.strictObject({ pages: v.number() }),
  },
} as const
