import * as v from 'valibot'
import { domain } from '../domain.ts'
import type * as rpc from './define.ts'

/** An app's process as the supervisor sees it. */
const appProcess = v.strictObject({
  domain,
  /** `restarting`: it ended and waits for its next start; `errored`: it was given up. */
  state: v.picklist(['running', 'restarting', 'stopping', 'errored', 'stopped']),
  /** Why it ended last, or was given up, in words; null while nothing happened. */
  reason: v.nullable(v.string()),
  /** TCP ports on which processes of its user listen. */
  listening: v.array(v.number()),
  startedAt: v.number(),
  restarts: v.number(),
  memoryBytes: v.number(),
  /** Share of one core, since it was last asked. */
  cpuPercent: v.number(),
})
export type AppProcess = v.InferOutput<typeof appProcess>

/** Operations of the supervisor: only about apps that the agent described on this machine. */
export const operations = {
  /** Starts an app unless it runs. Throws `app_not_prepared`. */
  start: { input: v.strictObject({ domain }), output: appProcess, throws: ['app_not_prepared'] },
  /** Ends an app with all it forked. With `unlessBusy` it is left alone while a connection to it is open. */
  stop: {
    input: v.strictObject({ domain, unlessBusy: v.optional(v.boolean(), false) }),
    output: v.strictObject({ stopped: v.boolean(), memoryBytes: v.number() }),
  },
  list: { input: v.strictObject({}), output: v.strictObject({ apps: v.array(appProcess) }) },
} as const

export type Operations = typeof operations
export type Parsed<O extends keyof Operations> = rpc.Parsed<Operations, O>
export type Output<O extends keyof Operations> = rpc.Output<Operations, O>
/** The supervisor, as the panel uses it. */
export type Supervisor = rpc.Client<Operations>
