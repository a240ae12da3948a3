import { chmodSync, chownSync, rmSync } from 'node:fs'
import type { Server, ServerResponse } from 'node:http'
import { passwd } from '../system/passwd.ts'

/**
 * How long a process that systemd starts on request stays after one (ms): more often follows work, and a look of each
 * minute must not keep it for ever.
 */
const STAY_MS = { work: 60_000, look: 5_000 }

/** Called when a request begins and ends: the process stays for a while. */
export type StayFor = (reason: keyof typeof STAY_MS) => void

/** The first descriptor systemd hands over (sd_listen_fds(3)). */
const LISTEN_FDS_START = 3

/** How a root process listens: on the socket systemd hands over, or on one it makes for the panel's group alone. */
export interface Listener {
  socketPath: string
  create: (stayFor: StayFor) => Server
  /** While this is true it does not leave. */
  isBusy: () => boolean
  /** Work to do before it ends. */
  beforeLeaving?: () => Promise<void>
}

export function listen({ socketPath, create, isBusy, beforeLeaving }: Listener): Server {
  let until = 0
  const stayFor: StayFor = (reason) => (until = Math.max(until, performance.now() + STAY_MS[reason]))
  stayFor('look')
  const server = create(stayFor)
  const leave = () => {
    server.close(() => void (beforeLeaving?.() ?? Promise.resolve()).finally(() => process.exit(0)))
    server.closeIdleConnections()
  }
  const underWay = requestsOf(server)
  if (process.env.LISTEN_FDS === '1' && Number(process.env.LISTEN_PID) === process.pid) {
    server.listen({ fd: LISTEN_FDS_START })
    setInterval(() => underWay() === 0 && !isBusy() && performance.now() > until && leave(), 5_000).unref()
  } else listenOnPath(server, socketPath)
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, leave)
  return server
}

/** Counts the requests that are under way: a process that leaves during one would keep all others waiting for it. */
export function requestsOf(server: Server): () => number {
  let count = 0
  server.on('request', (_request, response: ServerResponse) => {
    count++
    response.once('close', () => count--)
  })
  return () => count
}

function listenOnPath(server: Server, path: string): void {
  rmSync(path, { force: true })
  process.umask(0o177)
  server.listen(path, () => {
    process.umask(0o022)
    chownSync(path, 0, passwd.gid('hosting-panel'))
    chmodSync(path, 0o660)
  })
}
