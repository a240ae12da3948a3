import * as v from 'valibot'
import { appPorts } from '../apps/ports.ts'
import { domain } from '../domain.ts'
import { siteNames } from '../sites/names.ts'
import type { SiteSpec } from '../sites/schema.ts'

/** How an app is started: /etc/hosting-panel/apps/<user>.json, which the agent writes and the supervisor reads. */
export const launchSpec = v.strictObject({
  domain,
  user: v.string(),
  directory: v.string(),
  /** The file its environment is in. */
  environment: v.string(),
  command: v.array(v.string()),
  nodeVersion: v.nullable(v.string()),
  memoryMb: v.number(),
  /** Whether its files may not grow. */
  full: v.optional(v.boolean(), false),
  port: v.pipe(v.number(), v.minValue(appPorts.first), v.maxValue(appPorts.last)),
})
export type LaunchSpec = v.InferOutput<typeof launchSpec>

/** Null for what is no app, or was never prepared. */
export function launchSpecOf({ domain: name, app, storage }: SiteSpec): LaunchSpec | null {
  if (!app?.command) return null
  const { user, app: directory, appEnvironment: environment } = siteNames(name)
  return {
    domain: name,
    user,
    directory,
    environment,
    command: app.command,
    nodeVersion: app.nodeVersion,
    memoryMb: app.memoryMb,
    full: storage !== 'ok',
    port: app.port,
  }
}
