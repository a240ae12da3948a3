import * as v from 'valibot'
import { atMost, forAdministrators } from '../auth/set-by.ts'
import { nodeVersion } from '../node/schema.ts'
import { commandLine } from './command.ts'
import { environment, environmentChanges } from './environment.ts'
import { appAddresses, appPorts } from './ports.ts'
import { appStatic } from './static.ts'

export const appRuntimes = ['node', 'python'] as const
export type AppRuntime = (typeof appRuntimes)[number]
export const isApp = (runtime: string): runtime is AppRuntime => (appRuntimes as readonly string[]).includes(runtime)

const integer = (minimum: number, maximum: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(minimum), v.maxValue(maximum))

/** A file of the app (`server.js`, `src/main.mjs`), or Python's `module:attribute`. */
const entry = v.pipe(
  v.string(),
  v.maxLength(200),
  v.regex(
    /^(?!-)(?!.*(?:^|\/)\.\.?(?:\/|$))[A-Za-z0-9_@.-]+(?:\/[A-Za-z0-9_@.-]+)*(?::[A-Za-z_][A-Za-z0-9_.]*(?:\(\))?)?$/,
    'Write a file below the app’s folder, such as server.js, or a Python module:attribute, such as app:app',
  ),
)

/** Where GET answers with 2xx or 3xx once the app is well. */
const healthPath = v.pipe(v.string(), v.maxLength(500), v.regex(/^\/[\x21-\x7e]*$/, 'Write a path such as /health'))

const settings = {
  entry: v.nullable(entry),
  startCommand: v.nullable(commandLine),
  installCommand: v.nullable(commandLine),
  buildCommand: v.nullable(commandLine),
  nodeVersion: v.nullable(nodeVersion),
  memoryMb: forAdministrators(integer(32, 65_536), { othersMay: atMost(1024) }),
  workers: integer(1, 2),
  healthPath: v.nullable(healthPath),
  /** Minutes without a request after which it sleeps; null: never. */
  idleMinutes: v.nullable(integer(1, 10_080)),
  static: appStatic,
}

/** App as the store keeps it and the agent is told. */
export const appSpec = v.strictObject({
  ...settings,
  env: environment,
  port: integer(appPorts.first, appPorts.last),
  /** Address that it listened on when it was last started. */
  address: v.picklist(appAddresses),
  /** Command that starts it, found in its files when it was last prepared; null: never prepared. */
  command: v.nullable(
    v.pipe(v.array(v.pipe(v.string(), v.maxLength(2000), v.regex(/^[^\0]*$/))), v.minLength(1), v.maxLength(200)),
  ),
})
export type AppSpec = v.InferOutput<typeof appSpec>

/** Input of PATCH /api/sites/{site}/app; `env` is merged name by name, null removes one. */
export const appChanges = v.strictObject({
  entry: v.optional(settings.entry),
  startCommand: v.optional(settings.startCommand),
  installCommand: v.optional(settings.installCommand),
  buildCommand: v.optional(settings.buildCommand),
  nodeVersion: v.optional(nodeVersion),
  memoryMb: v.optional(settings.memoryMb),
  workers: v.optional(settings.workers),
  healthPath: v.optional(settings.healthPath),
  idleMinutes: v.optional(settings.idleMinutes),
  static: v.optional(settings.static),
  env: v.optional(environmentChanges),
})
export type AppChanges = v.InferOutput<typeof appChanges>

/** State of an app now, and the reason. */
export const appState = v.picklist(['running', 'asleep', 'starting', 'stopping', 'stopped', 'errored'])
export type AppState = v.InferOutput<typeof appState>

/** Answer of GET /api/sites/{site}/app. */
export const app = v.strictObject({
  ...settings,
  /** Names of its variables; their values are at /app/env. */
  env: v.array(v.string()),
  port: v.number(),
  address: v.picklist(appAddresses),
  command: v.nullable(v.array(v.string())),
  state: appState,
  /** Why it is errored, or was last; null when nothing is wrong. */
  problem: v.nullable(v.string()),
  /** Whether settings were changed since it was started. */
  restartNeeded: v.boolean(),
  startedAt: v.nullable(v.string()),
  restarts: v.number(),
  memoryBytes: v.nullable(v.number()),
  /** Share of one core, since it was last asked; null when not running. */
  cpuPercent: v.nullable(v.number()),
  /** How often it slept, for how long in all, and what it would have held of memory meanwhile on average (bytes). */
  sleeps: v.strictObject({ count: v.number(), seconds: v.number(), savedBytes: v.number() }),
})
export type App = v.InferOutput<typeof app>

/** A new app's settings. */
export const newApp = (runtime: AppRuntime, port: number): AppSpec => ({
  entry: null,
  startCommand: null,
  installCommand: null,
  buildCommand: null,
  nodeVersion: runtime === 'node' ? '24' : null,
  memoryMb: 256,
  workers: runtime === 'python' ? 2 : 1,
  healthPath: null,
  idleMinutes: 10,
  static: [],
  env: {},
  port,
  address: '127.0.0.1',
  command: null,
})
