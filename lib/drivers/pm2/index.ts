import type { ChildProcess } from 'node:child_process'
import { paths } from '../../model/paths.ts'
import type { LaunchSpec } from '../../model/protocol/launch-spec.ts'
import { ensureDirectory, writeAtomically } from '../../system/files.ts'
import { passwd } from '../../system/passwd.ts'
import { processOf } from './process.ts'

type Status = 'online' | 'launching' | 'stopping' | 'stopped' | 'errored' | 'waiting restart'

/** Facts that PM2 keeps of a process; its `Process` is a child process with this on it. */
interface Pm2Process extends ChildProcess {
  process: { pid?: number }
  pm2_env: { pm_id: number; name: string; status: Status; pm_uptime: number; restart_time: number; exit_code?: number }
}

type Callback = (error: unknown, value?: unknown) => void

/** PM2's daemon, called where it is rather than over its socket (pm2/lib/God.js). */
interface God {
  clusters_db: Record<number, Pm2Process>
  bus: {
    on(
      event: 'process:event',
      listener: (said: { event: string; process: { name: string; pm_id: number } }) => void,
    ): void
  }
  prepare(process: object, done: Callback): void
  deleteProcessId(id: number, done: Callback): void
  stopProcessId(id: number, done: Callback): void
}

const root = { uid: 0, gid: 0 }

export interface AppProcess {
  domain: string
  status: Status
  /** Null while there is none. */
  pid: number | null
  /** When it was last started, ms since 1970. */
  startedAt: number
  restarts: number
  child: ChildProcess
}

export interface Pm2 {
  find(domain: string): AppProcess | null
  list(): AppProcess[]
  /** Starts a process; PM2 restarts it whenever it ends, until it gives it up. */
  start(description: LaunchSpec): Promise<void>
  /** Ends a process: SIGTERM, and SIGKILL after the grace. Deletes it from PM2's list. */
  remove(domain: string): Promise<void>
  /** Ends a process and keeps it as stopped. */
  halt(domain: string): Promise<void>
  /** Calls back when a process has come up, and when it has ended. */
  watch(listener: (event: 'online' | 'exit', domain: string) => void): void
}

/** Starts PM2's daemon in this process; a moment later `pm2 list` of root finds it by PM2_HOME. */
export async function startPm2(): Promise<Pm2> {
  for (const path of [paths.pm2, `${paths.pm2}/pids`, `${paths.pm2}/logs`])
    await ensureDirectory(path, { ...root, mode: 0o700 })
  // Without this PM2 collects numbers of the whole machine.
  await writeAtomically(`${paths.pm2}/module_conf.json`, JSON.stringify({ pm2: { sysmonit: 'false' } }), {
    ...root,
    mode: 0o600,
  })
  Object.assign(process.env, {
    PM2_HOME: paths.pm2,
    PM2_KILL_SIGNAL: 'SIGTERM',
    PM2_DISABLE_VERSION_CHECK: 'true',
    PM2_LOG_DATE_FORMAT: '',
    PM2_KILL_RETRY_TIME: '50',
  })
  // It reads its settings while it loads.
  const { default: god } = await import('pm2/lib/God.js')
  setTimeout(() => void openSockets(), SOCKETS_DELAY_MS).unref()
  return wrap(god as God)
}

/** A visitor waits for the app, and nobody for PM2's own sockets (ms). */
const SOCKETS_DELAY_MS = 2_000

/** Where PM2's command finds its daemon. */
async function openSockets(): Promise<void> {
  const { default: Daemon } = await import('pm2/lib/Daemon.js')
  new Daemon({ ignore_signals: true }).innerStart(() => {})
}

function wrap(god: God): Pm2 {
  const find = (domain: string) => Object.values(god.clusters_db).find(({ pm2_env }) => pm2_env.name === domain)
  const ended = (work: (done: Callback) => void) =>
    new Promise<void>((resolve, reject) => work((error) => (error ? reject(toError(error)) : resolve())))
  return {
    find: (domain) => toApp(find(domain)),
    list: () => Object.values(god.clusters_db).map((entry) => toApp(entry)!),
    start: (description) => {
      const { user } = description
      return ended((done) => god.prepare(processOf(description, passwd.uid(user), passwd.gid(user)), done))
    },
    remove: async (domain) => {
      const entry = find(domain)
      if (entry) await ended((done) => god.deleteProcessId(entry.pm2_env.pm_id, done))
    },
    halt: async (domain) => {
      const entry = find(domain)
      if (entry) await ended((done) => god.stopProcessId(entry.pm2_env.pm_id, done))
    },
    watch: (listener) =>
      god.bus.on('process:event', ({ event, process: { name } }) => {
        if (event === 'online' || event === 'exit') listener(event, name)
      }),
  }
}

const toApp = (entry: Pm2Process | undefined): AppProcess | null =>
  entry
    ? {
        domain: entry.pm2_env.name,
        status: entry.pm2_env.status,
        pid: ['online', 'launching', 'stopping'].includes(entry.pm2_env.status) ? (entry.process.pid ?? null) : null,
        startedAt: entry.pm2_env.pm_uptime,
        restarts: entry.pm2_env.restart_time,
        child: entry,
      }
    : null

const toError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String((error as { msg?: string }).msg ?? error))
