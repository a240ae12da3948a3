import { chmodSync, chownSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { paths } from '../paths.ts'
import { restWhenQuiet } from '../rest.ts'
import { identities } from '../system/identities.ts'
import { isBusy } from './exclusively.ts'
import { isWatching, undoOverdue } from './firewall.ts'
import { implementations } from './operations.ts'
import { createAgentServer } from './server.ts'
import { recover } from './take-back.ts'
import { sweepTrash } from './trash.ts'

/** Seconds without a request after which a socket-activated agent leaves; systemd starts it again. */
const IDLE = 60

/** The first descriptor systemd hands over (sd_listen_fds(3)). */
const LISTEN_FDS_START = 3

const activated = process.env.LISTEN_FDS === '1' && Number(process.env.LISTEN_PID) === process.pid

process.umask(0o022)
const cutOff = await recover()
const recovered = [cutOff, await undoOverdue(cutOff !== null)].filter(Boolean).join('. ') || null
if (recovered) console.log(recovered)
await sweepTrash(new Date())

let lastActivity = Date.now()
const server = createAgentServer(implementations(recovered), () => (lastActivity = Date.now()))

restWhenQuiet(server)
if (activated) server.listen({ fd: LISTEN_FDS_START })
else listenOnPath(server)
if (activated) setInterval(leaveWhenIdle, 5_000).unref()
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, leave)

/** Without systemd nobody made the socket, so the agent does, for the panel's group alone. */
function listenOnPath(server: Server): void {
  rmSync(paths.agentSocket, { force: true })
  process.umask(0o177)
  server.listen(paths.agentSocket, () => {
    process.umask(0o022)
    chownSync(paths.agentSocket, 0, identities.gid('hosting-panel'))
    chmodSync(paths.agentSocket, 0o660)
  })
}

function leaveWhenIdle(): void {
  if (!isBusy() && !isWatching() && Date.now() - lastActivity > IDLE * 1000) leave()
}

/** Takes no more requests and goes when the running ones have ended. */
function leave(): void {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
}
