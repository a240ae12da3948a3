import type { Argv } from '../../system/run.ts'

/** Its version. */
export const version = (): Argv => ['redis-server', '--version']

/** A command of Redis's own language, its words as bytes. */
export type Command = readonly [name: string, ...words: string[]]

export const signIn = (username: string, password: string): Command => ['AUTH', username, password]
export const ping = (): Command => ['PING']
export const listUsers = (): Command => ['ACL', 'LIST']

/** Replaces all that a user may, in one step: there is no moment with half of it. */
export const setUser = (name: string, rules: readonly string[]): Command => ['ACL', 'SETUSER', name, 'reset', ...rules]

/** Redis also ends their connections. */
export const removeUser = (name: string): Command => ['ACL', 'DELUSER', name]

/** Connections stay signed in after a new password, until they are ended. */
export const endConnections = (name: string): Command => ['CLIENT', 'KILL', 'USER', name]

/** Some keys of a user, and where to go on; names of users hold nothing that a pattern would take for more. */
export const keysOf = (name: string, cursor: string): Command => ['SCAN', cursor, 'MATCH', `${name}:*`, 'COUNT', '5000']

/** Their memory is freed beside the other work. */
export const removeKeys = (keys: readonly string[]): Command => ['UNLINK', ...keys]

export const bytesOf = (key: string): Command => ['MEMORY', 'USAGE', key, 'SAMPLES', '5']
