import { chmodSync, chownSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { passwd } from '../system/passwd.ts'

/** Seconds without a request after which a socket-activated process leaves; systemd starts it again. */
const IDLE_TIMEOUT_S = 60

/** The first descriptor systemd hands over (sd_listen_fds(3)). */
const LISTEN_FDS_START = 3

/** How a root process listens: on the socket systemd hands over, or on one it makes for the panel's group alone. */
export interface Listener {
  socketPath: string
  /** Called with what notes a request; whoever has one may stay for another while. */
  create: (onActivity: () => void) => Server
  /** While this is true it does not leave. */
  isBusy: () => boolean
  /** Work to do before it ends. */
  beforeLeaving?: () => Promise<void>
}

export function listen({ socketPath, create, isBusy, beforeLeaving }: Listener): Server {
  let lastActivity = Date.now()
  const server = create(() => (lastActivity = Date.now()))
  const leave = () => {
    server.close(() => void (beforeLeaving?.() ?? Promise.resolve()).finally(() => process.exit(0)))
    server.closeIdleConnections()
  }
  if (process.env.LISTEN_FDS === '1' && Number(process.env.LISTEN_PID) === process.pid) {
    server.listen({ fd: LISTEN_FDS_START })
    setInterval(() => !isBusy() && Date.now() - lastActivity > IDLE_TIMEOUT_S * 1000 && leave(), 5_000).unref()
  } else listenOnPath(server, socketPath)
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, leave)
  return server
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
