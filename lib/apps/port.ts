import { PanelError } from '../errors.ts'
import type { Context } from '../function/context.ts'
import { listSpecs } from '../sites/read.ts'
import { readSockets } from '../system/sockets.ts'
import { appPorts } from './schema.ts'

/** Ports handed out a moment ago, whose sites are not in the store yet; with the time (ms). */
const handedOut = new Map<number, number>()
const SOON = 60_000

/** The first port from `appPorts` that no app has and nobody uses. Pure. */
export function freePort(taken: ReadonlySet<number>): number | null {
  for (let port: number = appPorts.first; port <= appPorts.last; port++) if (!taken.has(port)) return port
  return null
}

/** A port for an app: no other app's, and nobody's on this machine. Throws `no_free_port`. */
export function choosePort(ctx: Context): number {
  const now = Date.now()
  for (const [port, at] of handedOut) if (now - at > SOON) handedOut.delete(port)
  const port = freePort(new Set([...handedOut.keys(), ...listSpecs(ctx).flatMap(({ app }) => app?.port ?? []), ...readSockets().map(({ localPort }) => localPort)]))
  if (port === null) throw new PanelError('no_free_port', 503, `Every port from ${appPorts.first} to ${appPorts.last} is in use on this server`)
  handedOut.set(port, now)
  return port
}
