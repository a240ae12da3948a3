import { paths } from '../../model/paths.ts'
import type { Argv } from '../../system/run.ts'

/** Its version. */
export const version = (): Argv => ['redis-server', '--version']

/** Names the user of the site whose script holds Redis up. */
export const findCaller = (): Argv => [paths.scriptCaller, paths.redisPid]

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

/** Gives keys another owner: their names begin with it. What has the new name already is replaced. */
export const moveKey = (key: string, from: string, to: string): Command => ['RENAME', key, to + key.slice(from.length)]

/** Their memory is freed beside the other work. */
export const removeKeys = (keys: readonly string[]): Command => ['UNLINK', ...keys]

/** Ends a script that has changed nothing yet and runs for longer than Redis likes. */
export const killScript = (): Command => ['SCRIPT', 'KILL']

/** Forgets all scripts, which clients send again, and makes a new interpreter. */
export const flushScripts = (): Command => ['SCRIPT', 'FLUSH', 'ASYNC']

/** Settings of the library for JSON. All scripts share them, and each may change them. */
const SETTINGS =
  '"encode_number_precision", "encode_max_depth", "decode_max_depth", "encode_invalid_numbers", ' +
  '"decode_invalid_numbers", "encode_keep_buffer", "encode_sparse_array"'

/** Answers 1 when a script has changed settings of the library for JSON. */
export const isJsonChanged = (): Command => [
  'EVAL',
  `local fresh = cjson.new()
local function text(library, name)
  local values = {library[name]()}
  for i, value in ipairs(values) do values[i] = tostring(value) end
  return table.concat(values, " ")
end
for _, name in ipairs({${SETTINGS}}) do
  if text(cjson, name) ~= text(fresh, name) then return 1 end
end
return 0`,
  '0',
]

export const memory = (): Command => ['INFO', 'memory']

export const bytesOf = (key: string): Command => ['MEMORY', 'USAGE', key, 'SAMPLES', '5']
