import { restart } from '../drivers/redis/index.ts'
import { removeAll } from '../drivers/redis/keys.ts'
import { renderUsers } from '../drivers/redis/acl.conf.ts'
import { takeUpUsers, userDifferences, writeUsers } from '../drivers/redis/users.ts'
import { restartService } from '../drivers/systemd/index.ts'
import type { Facts } from '../drivers/facts.ts'
import { PanelError } from '../model/errors.ts'
import { paths } from '../model/paths.ts'
import { siteNames } from '../model/sites/names.ts'
import type { SiteSpec } from '../model/sites/schema.ts'
import type { Change } from '../model/protocol/change.ts'
import type { Delta, Resource } from './resource.ts'

const isUser = ({ name }: Delta): boolean => name.startsWith(`${paths.redis}/`)

/** What Redis itself is to take up. */
export const isRedis = (delta: Delta): boolean => isUser(delta) || isRedisServer(delta)

/** What converges by itself: a Redis that does not start must not stop an installation. */
export const isRedisServer = ({ name }: Delta): boolean => name === paths.redisSettings || name === paths.redisUsers

const isSettings = ({ name }: Delta): boolean => name === paths.redisSettings

/** Who may come in, all of them: what single changes of sites add up to. Pure. */
export function describeRedisUsers(specs: readonly SiteSpec[], { redis }: Facts): Resource[] {
  if (!redis) return []
  const users = specs.flatMap(({ domain, cache }) => (cache.redis ? [{ name: siteNames(domain).user, hash: cache.redis.hash }] : []))
  return [{ kind: 'file', name: paths.redisUsers, secret: true, state: { owner: 'root', group: 'redis', mode: 0o640, content: renderUsers(users, redis) } }]
}

/**
 * Has Redis take up what was written: its settings by a restart, users while it runs, and no others' connections are
 * touched. A Redis that does not run holds no change of a site up: it reads its users when it starts. Throws
 * `redis_check_failed` for settings.
 */
export async function loadRedis(deltas: readonly Delta[]): Promise<void> {
  if (!deltas.some(isRedis)) return
  await writeUsers()
  if (deltas.some(isSettings)) await restart()
  else await takeUpUsers().catch(logged('The users of Redis are taken up at its next start'))
}

/** The same for a change that is taken back, whatever Redis had before. */
export async function reloadRedis(deltas: readonly Delta[]): Promise<void> {
  if (!deltas.some(isRedis)) return
  await writeUsers()
  if (deltas.some(isSettings)) await restartService('redis-server', 60)
  else await takeUpUsers().catch(logged('The users of Redis are taken up at its next start'))
}

/** What a site that has no Redis any more had in it, and what an earlier site of a new one's name may have left. */
export async function forgetKeys(deltas: readonly Delta[]): Promise<void> {
  const users = deltas.filter((delta) => isUser(delta) && (delta.before === null || delta.after === null)).map(({ name }) => /\/([^/]+)\.acl$/.exec(name)![1]!)
  for (const user of users) await removeAll(user).catch(logged(`The keys of ${user} are not removed`))
}

/** A Redis that is down or not the panel's is told of elsewhere (the site's page, the state of the services). */
const logged = (what: string) => (error: unknown): void => {
  if (!(error instanceof PanelError)) throw error
  console.error(`${what}: ${error.message}`)
}

/** Of a server that the panel cannot speak to. */
const anew: Change = { action: 'update', kind: 'redis', name: 'redis-server', summary: 'start it anew, with the panel’s settings' }

/** What somebody changed in the running Redis alone, or that it is not the one it should be. */
export async function redisDrift(): Promise<Change[]> {
  try {
    return (await userDifferences()).map(({ name, action }) => ({ action, kind: 'redis', name, summary: 'what they may in the running Redis' }))
  } catch (error) {
    if (!(error instanceof PanelError)) throw error
    return ['redis_down', 'redis_foreign'].includes(error.code) ? [anew] : []
  }
}

/** Takes that back. Throws `redis_check_failed`. */
export async function putRedisBack(): Promise<Change[]> {
  const changes = await redisDrift()
  if (changes.includes(anew)) await restart()
  else if (changes.length > 0) await takeUpUsers()
  return changes
}
