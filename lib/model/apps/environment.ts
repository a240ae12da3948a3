import * as v from 'valibot'

/** Variables that the panel sets itself, and those that would change the program that starts the app. */
const names = [
  'PORT|PATH|HOME|USER|LOGNAME|SHELL|PWD|OLDPWD|TMPDIR|VIRTUAL_ENV',
  'IFS|_|UID|EUID|PPID|GROUPS|SHELLOPTS|BASHOPTS|BASH.*|__hp_.*',
  'PM2_.*|NODE_CHANNEL_.*|NODE_UNIQUE_ID|LISTEN_.*|NOTIFY_SOCKET',
].join('|')
const reserved = new RegExp(`^(?:${names})$`)

export const variableName = v.pipe(
  v.string(),
  v.maxLength(128),
  v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'A name is made of letters, digits and _, and does not begin with a digit'),
  v.check((name) => !reserved.test(name), 'This variable is set by the panel itself'),
)

/** Anything but NUL, which no environment can hold; 32 KiB at most. */
export const variableValue = v.pipe(
  v.string(),
  v.maxBytes(32_768),
  v.check((text) => !text.includes('\0') && text.isWellFormed(), 'A value cannot hold a NUL or broken characters'),
)

const MOST = 200

/** An app's own variables. */
export const environment = v.pipe(
  v.record(variableName, variableValue),
  v.check((variables) => Object.keys(variables).length <= MOST, `At most ${MOST} variables`),
)
export type Environment = v.InferOutput<typeof environment>

/** New values by name; null removes one. */
export const environmentChanges = v.pipe(
  v.record(variableName, v.nullable(variableValue)),
  v.check((variables) => Object.keys(variables).length <= MOST, `At most ${MOST} variables at once`),
)
export type EnvironmentChanges = v.InferOutput<typeof environmentChanges>

export const mergeEnvironment = (current: Environment, changes: EnvironmentChanges): Environment =>
  Object.fromEntries(
    Object.entries({ ...current, ...changes }).filter((entry): entry is [string, string] => entry[1] !== null),
  )
