import { randomInt } from 'node:crypto'
import { appPorts } from '../../model/apps/ports.ts'
import { PanelError } from '../../model/errors.ts'
import { readSockets } from '../../proc/sockets.ts'
import type { Context } from '../http/context.ts'
import { listSpecs } from './read.ts'

/** Ports handed out a moment ago, whose sites are not in the store yet; with the time (ms). */
const handedOut = new Map<number, number>()
const RESERVED_MS = 60_000

/** The first port from `start` on, round `appPorts`, that is not taken. Pure. */
export function freePort(taken: ReadonlySet<number>, start: number): number | null {
  const count = appPorts.last - appPorts.first + 1
  for (let step = 0; step < count; step++) {
    const port = appPorts.first + ((start - appPorts.first + step) % count)
    if (!taken.has(port)) return port
  }
  return null
}

/**
 * A port for an app: no other app's, and nobody's on this machine. Any of them, as the next in a row would tell
 * customers how many apps there are. Throws `no_free_port`.
 */
export function choosePort(ctx: Context): number {
  const now = performance.now()
  for (const [port, at] of handedOut) if (now - at > RESERVED_MS) handedOut.delete(port)
  const taken = new Set([
    ...handedOut.keys(),
    ...listSpecs(ctx).flatMap(({ app }) => app?.port ?? []),
    ...readSockets().map(({ localPort }) => localPort),
  ])
  const port = freePort(taken, randomInt(appPorts.first, appPorts.last + 1))
  if (port === null)
    throw new PanelError(
      'no_free_port',
      503,
      `Every port from ${appPorts.first} to ${appPorts.last} is in use on this server`,
    )
  handedOut.set(port, now)
  return port
}
