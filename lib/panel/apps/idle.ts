import type { Socket } from '../../proc/sockets.ts'

/** An app that may sleep. */
export interface Candidate {
  domain: string
  port: number
  idleMinutes: number | null
  /** When it was started, in ms since 1970. */
  startedAt: number
  /** When nginx last logged a request of it; nginx logs one when it has ended. */
  lastRequest: number
}

/** Those that nobody asked for in their minutes, that were not started in them, and that serve nobody now. Pure. */
export function idleApps(
  candidates: readonly Candidate[],
  sockets: readonly Pick<Socket, 'localPort' | 'established'>[],
  now: number,
): Candidate[] {
  const busy = new Set(sockets.filter(({ established }) => established).map(({ localPort }) => localPort))
  return candidates.filter(
    ({ port, idleMinutes, startedAt, lastRequest }) =>
      idleMinutes !== null && !busy.has(port) && now - Math.max(startedAt, lastRequest) > idleMinutes * 60_000,
  )
}
