import { paths } from '../../model/paths.ts'
import { listDirectory, readText, writeAtomically } from '../../system/files.ts'
import { passwd } from '../../system/passwd.ts'
import type { RedisFacts } from '../facts.ts'
import {
  administrator,
  defaultRules,
  isLikeModel,
  parseUser,
  renderUsers,
  userRules,
  type RedisUser,
} from './acl.conf.ts'
import type { Ask } from './client.ts'
import { endConnections, listUsers, removeUser, setUser } from './commands.ts'
import { asAdministrator, readRedisFacts, restart, stateOf } from './index.ts'

/** Makes users whom nobody can sign in as (no password has this hash): Redis shows a site's rights in its own words. */
const models: RedisUser[] = [true, false].map((scripts) => ({
  name: `hosting-panel-model${scripts ? '' : '-plain'}`,
  hash: '0'.repeat(64),
  scripts,
}))
const modelOf = ({ scripts }: RedisUser): RedisUser => models.find((model) => model.scripts === scripts)!

/** The users the sites' files say there are. */
export async function wantedUsers(): Promise<RedisUser[]> {
  const names = (await listDirectory(paths.redis)).filter((name) => /^[^.].*\.acl$/.test(name))
  const users = await Promise.all(
    names.map(async (name) => parseUser((await readText(`${paths.redis}/${name}`)) ?? '')),
  )
  return users.filter((user) => user !== null)
}

/** Writes who may come in, for Redis's next start. */
export async function writeUsers(): Promise<void> {
  const facts = await readRedisFacts()
  if (!facts) return
  await writeAtomically(paths.redisUsers, renderUsers(await wantedUsers(), facts), {
    uid: 0,
    gid: passwd.gid('redis'),
    mode: 0o640,
  })
}

/** Finds the commands for the running Redis, for each user that is not as in the files. */
export interface UserDifference {
  name: string
  action: 'create' | 'update' | 'delete'
  rules: string[]
}

/** Compares the users of the running Redis with the files. Throws as asAdministrator does. */
export async function userDifferences(): Promise<UserDifference[]> {
  const facts = await readRedisFacts()
  return facts ? asAdministrator((ask) => compare(ask, facts)) : []
}

async function compare(ask: Ask, { version }: RedisFacts): Promise<UserDifference[]> {
  for (const model of models) await ask(setUser(model.name, userRules(model, version)))
  const lines = new Map(((await ask(listUsers())) as string[]).map((line) => [line.split(' ')[1]!, line]))
  for (const { name } of models) await ask(removeUser(name))
  const wanted = await wantedUsers()
  const known = new Set([
    'default',
    administrator,
    ...models.map(({ name }) => name),
    ...wanted.map(({ name }) => name),
  ])
  const open = !lines.get('default')?.startsWith('user default off ')
  return [
    ...(open ? [{ name: 'default', action: 'update' as const, rules: defaultRules(version) }] : []),
    ...wanted
      .filter((user) => !isLikeModel(lines.get(user.name) ?? '', user, lines.get(modelOf(user).name)!, modelOf(user)))
      .map((user) => ({
        name: user.name,
        action: lines.has(user.name) ? ('update' as const) : ('create' as const),
        rules: userRules(user, version),
      })),
    ...[...lines.keys()]
      .filter((name) => !known.has(name))
      .map((name) => ({ name, action: 'delete' as const, rules: [] })),
  ]
}

/**
 * Makes the users of the running Redis as the files say; those that are so are not touched, nor their connections.
 * (ACL LOAD would end everybody's.) While scripts hold Redis up, it starts anew with those users: their sender may have
 * hundreds more waiting, and each would have to be ended. Answers what it did. Throws as asAdministrator does.
 */
export async function takeUpUsers(): Promise<UserDifference[]> {
  if ((await stateOf()) !== 'busy') return takeUp()
  await restart()
  return []
}

async function takeUp(): Promise<UserDifference[]> {
  const differences = await userDifferences()
  if (differences.length === 0) return []
  await asAdministrator(async (ask) => {
    for (const { name, action, rules } of differences) {
      await ask(action === 'delete' ? removeUser(name) : setUser(name, rules))
      if (action === 'update') await ask(endConnections(name))
    }
  })
  return differences
}
