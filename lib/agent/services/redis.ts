import { restart } from '../../drivers/redis/index.ts'
import { removeAll } from '../../drivers/redis/keys.ts'
import { takeUpUsers, writeUsers } from '../../drivers/redis/users.ts'
import { restartService } from '../../drivers/systemd/index.ts'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import type { Delta } from '../resources/resource.ts'
import type { Service } from './service.ts'

const isUser = ({ name }: Delta): boolean => name.startsWith(`${paths.redis}/`)
const isSettings = ({ name }: Delta): boolean => name === paths.redisSettings
const isServer = (delta: Delta): boolean => isSettings(delta) || delta.name === paths.redisUsers

/** Tells a Redis that is down, or not the panel's, in the log alone: the site's page and `health` tell people. */
const logged =
  (what: string) =>
  (error: unknown): void => {
    if (!(error instanceof PanelError)) throw error
    console.error(`${what}: ${error.message}`)
  }

/** Settings count from a restart on. Users are taken up while Redis runs, and connections of others stay. */
const loadWith =
  (restarted: () => Promise<void>): Service['finish'] =>
  async (deltas) => {
    await writeUsers()
    if (deltas.some(isSettings)) await restarted()
    else await takeUpUsers().catch(logged('The users of Redis are taken up at its next start'))
  }

export const redis: Service = {
  name: 'Redis',
  owns: (delta) => isUser(delta) || isServer(delta) || delta.kind === 'keys',
  finish: loadWith(restart),
  restore: loadWith(() => restartService('redis-server', 60)),
  // Deletes the keys of sites whose Redis was turned off, and leftovers of an earlier site of the same name.
  release: async (deltas) => {
    const changed = deltas.filter((delta) => isUser(delta) && (delta.before === null || delta.after === null))
    const moved = deltas.flatMap(({ kind, after }) => (kind === 'keys' && after ? after.of : []))
    const users = changed.map(({ name }) => /\/([^/]+)\.acl$/.exec(name)![1]!)
    for (const user of users.filter((name) => !moved.includes(name))) {
      await removeAll(user).catch(logged(`The keys of ${user} are not removed`))
    }
  },
  apart: isServer,
}
