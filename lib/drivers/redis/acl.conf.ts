import type { RedisFacts } from '../facts.ts'

export const administrator = 'hosting-panel'

/** A site's user, SHA-256 of its password, and whether it may run scripts. */
export interface RedisUser {
  name: string
  hash: string
  scripts: boolean
}

type Version = RedisFacts['version']
const isSince = ([major, minor]: Version, since: Version): boolean =>
  major > since[0] || (major === since[0] && minor >= since[1])

const SCRIPTS = ['+eval', '+evalsha', '+eval_ro', '+evalsha_ro', '+script|load', '+script|exists']

/**
 * Rights of a site: everything with keys and channels of its own. What asks for no key would show or touch others'
 * (SCAN, KEYS, FLUSHALL, PUBSUB, CLIENT TRACKING). INFO tells versions and sums of the whole server, no names and no
 * contents; object caches ask for it, and select the one database there is. Channels have owners since 6.2 only.
 *
 * Queues and locks are scripts: since 7.0 Redis holds each command in them to the rights of their caller, and keeps the
 * interpreter from being changed. Functions stay refused. A site could replace another's function, which runs with its
 * caller's rights. `scripts.ts` ends scripts that block Redis all the same.
 */
export function userRules({ name, hash, scripts }: RedisUser, version: Version): string[] {
  const channels = isSince(version, [6, 2])
  return [
    'on',
    `#${hash}`,
    ...(channels ? ['sanitize-payload'] : []),
    `~${name}:*`,
    ...(channels ? ['resetchannels', `&${name}:*`] : []),
    '-@all',
    '+@read',
    '+@write',
    '+@connection',
    '+@transaction',
    ...(channels ? ['+@pubsub'] : []),
    '-@admin',
    '-@dangerous',
    '-@scripting',
    ...(scripts && isSince(version, [7, 0]) ? SCRIPTS : []),
    '+select',
    '-scan',
    '-randomkey',
    '-dbsize',
    '-pubsub',
    '-memory',
    '-client',
    '+client|setname',
    '+client|getname',
    '+client|id',
    ...(isSince(version, [7, 2]) ? ['+client|setinfo'] : []),
    '+info',
  ]
}

/** Nobody comes in without a name. */
export const defaultRules = (version: Version): string[] => [
  'off',
  ...(isSince(version, [6, 2]) ? ['resetchannels'] : []),
  '-@all',
]

/** A user's line of an aclfile. */
export const renderUser = (user: RedisUser, version: Version): string =>
  `user ${user.name} ${userRules(user, version).join(' ')}\n`

/** The aclfile: nobody, the panel, and the sites' users. Redis takes no comments here. */
export function renderUsers(users: readonly RedisUser[], facts: RedisFacts): string {
  const channels = isSince(facts.version, [6, 2]) ? ' &*' : ''
  const sorted = users.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return `user default ${defaultRules(facts.version).join(' ')}
user ${administrator} on #${facts.administrator} ~*${channels} +@all
${sorted.map((user) => renderUser(user, facts.version)).join('')}`
}

/** The user a line of renderUser is for; null for anything else. */
export function parseUser(line: string): RedisUser | null {
  const [, name, hash] = /^user (s-[a-z0-9-]+) on #([0-9a-f]{64}) /.exec(line) ?? []
  return name && hash ? { name, hash, scripts: line.includes(` ${SCRIPTS[0]!} `) } : null
}

/**
 * Whether a line of ACL LIST gives a user the rights that another gives a model, which Redis tells in its own words and
 * in no order: it says what differs from none (or all), so the order of the words means nothing.
 */
export function isLikeModel(line: string, user: RedisUser, modelLine: string, model: RedisUser): boolean {
  const sorted = (text: string) => text.split(' ').sort().join(' ')
  return sorted(line) === sorted(modelLine.replaceAll(model.name, user.name).replace(model.hash, user.hash))
}
