import type { Facts } from '../../drivers/facts.ts'
import { renderUsers } from '../../drivers/redis/acl.conf.ts'
import { restart } from '../../drivers/redis/index.ts'
import { takeUpUsers, userDifferences } from '../../drivers/redis/users.ts'
import { daemons } from '../../model/daemons.ts'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import type { Change } from '../../model/protocol/change.ts'
import { siteNames } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { takenBy } from '../../system/port-owner.ts'
import type { Resource } from '../resources/resource.ts'

/** Describes all users of Redis: the sum of single changes of sites. Pure. */
export function describeRedisUsers(specs: readonly SiteSpec[], { redis }: Facts): Resource[] {
  if (!redis) return []
  const users = specs.flatMap(({ domain, cache }) =>
    cache.redis ? [{ name: siteNames(domain).user, hash: cache.redis.hash, scripts: cache.scripts }] : [],
  )
  return [
    {
      kind: 'file',
      name: paths.redisUsers,
      secret: true,
      state: { owner: 'root', group: 'redis', mode: 0o640, content: renderUsers(users, redis) },
    },
  ]
}

const REDIS = 'redis-server'

/** Change for a Redis that the panel cannot speak to. */
const anew = (): Change => ({
  action: 'update',
  kind: 'redis',
  name: REDIS,
  summary: `start it anew, with the panel’s settings${takenBy(daemons[REDIS]!, `${REDIS}.service`)}`,
})

/** Finds changes that were made in the running Redis alone, or that it is another one. */
export async function redisDrift(): Promise<Change[]> {
  try {
    return (await userDifferences()).map(({ name, action }) => ({
      action,
      kind: 'redis',
      name,
      summary: 'what they may in the running Redis',
    }))
  } catch (error) {
    if (!(error instanceof PanelError)) throw error
    return ['redis_down', 'redis_foreign'].includes(error.code) ? [anew()] : []
  }
}

/** Takes that back. Throws `redis_check_failed`. */
export async function convergeRedis(): Promise<Change[]> {
  const changes = await redisDrift()
  if (changes.some(({ name }) => name === REDIS)) await restart()
  else if (changes.length > 0) await takeUpUsers()
  return changes
}
