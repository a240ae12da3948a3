import type { AppProcess as Pm2App, Pm2 } from '../drivers/pm2/index.ts'
import type { LaunchSpec } from '../model/protocol/launch-spec.ts'
import { queue, type Queue } from '../model/protocol/queue.ts'
import type { AppProcess } from '../model/protocol/supervisor.ts'
import { siteNames } from '../model/sites/names.ts'
import { readSockets } from '../proc/sockets.ts'
import { passwd } from '../system/passwd.ts'
import { endedAtOnce, giveUp, howItEnded, recent, type Exit } from './exits.ts'
import { readDescription } from './launch-spec.ts'
import { followOutput } from './log.ts'
import type { ProcessGroups } from './process-groups.ts'

/** Memory of an app for as long as this process lives. */
interface Memory {
  app: LaunchSpec
  uid: number
  exits: Exit[]
  reason: string | null
  /** That it was given up by us, which PM2 knows only as stopped. */
  givenUp: boolean
  /** Set once somebody wants it ended: what happens then is no failure. */
  ending: boolean
  /** Set while its processes are being ended for holding too much. */
  tooMuch: boolean
  outOfMemory: number
  cpu: { seconds: number; at: number }
}

export interface Apps {
  start(domain: string): Promise<AppProcess>
  stop(domain: string, unlessBusy: boolean): Promise<{ stopped: boolean; memoryBytes: number }>
  list(): AppProcess[]
  /** Whether any runs, or is about to. */
  areAny(): boolean
  /** Ends the processes of apps that hold more than they may. */
  watchMemory(): void
  stopAll(): Promise<void>
}

const newMemory = (app: LaunchSpec): Memory => ({
  app,
  uid: passwd.uid(app.user),
  exits: [],
  reason: null,
  givenUp: false,
  ending: false,
  tooMuch: false,
  outOfMemory: 0,
  cpu: { seconds: 0, at: performance.now() },
})

/** Every app of this machine over PM2: one operation at a time for each. */
export function createApps(pm2: Pm2, members: ProcessGroups): Apps {
  const known = new Map<string, Memory>()
  const queues = new Map<string, Queue>()
  const enqueue = <T>(domain: string, work: () => Promise<T>): Promise<T> => {
    if (!queues.has(domain)) queues.set(domain, queue())
    return queues.get(domain)!(work)
  }

  follow(pm2, members, known, (domain) => void enqueue(domain, () => pm2.halt(domain)))
  const end = async (domain: string) => {
    const memory = known.get(domain)
    if (memory) {
      memory.ending = true
      members.terminate(memory.app, pm2.find(domain)?.pid ?? null)
    }
    await pm2.remove(domain)
    if (memory) members.kill(memory.app)
    known.delete(domain)
  }

  return {
    start: (domain) =>
      enqueue(domain, async () => {
        const entry = pm2.find(domain)
        if (!entry || ['stopped', 'errored'].includes(entry.status)) {
          const app = await readDescription(domain)
          await end(domain)
          known.set(domain, newMemory(app))
          members.begin(app)
          await pm2.start(app)
        }
        return tell(members, known.get(domain)!, pm2.find(domain))
      }),
    stop: (domain, unlessBusy) =>
      enqueue(domain, async () => {
        const app = known.get(domain)?.app
        const memoryBytes = app ? members.usage(app).memoryBytes : 0
        const stopped = !(app && unlessBusy && isBusy(app.port))
        if (stopped) await end(domain)
        return { stopped, memoryBytes }
      }),
    list: () => [...known].map(([domain, memory]) => tell(members, memory, pm2.find(domain))),
    areAny: () => pm2.list().some(({ status }) => !['stopped', 'errored'].includes(status)),
    watchMemory() {
      for (const [domain, memory] of known) if (pm2.find(domain)?.pid) refuseTooMuch(members, memory)
    },
    stopAll: async () =>
      void (await Promise.all([...known.keys()].map((domain) => enqueue(domain, () => end(domain))))),
  }
}

/** Notes how apps come up and end; `halt` is to keep one from being started again. */
function follow(
  pm2: Pm2,
  members: ProcessGroups,
  known: ReadonlyMap<string, Memory>,
  halt: (domain: string) => void,
): void {
  pm2.watch((event, domain) => {
    const memory = known.get(domain)
    const entry = pm2.find(domain)
    if (!memory || !entry) return
    if (event === 'online') cameUp(members, memory, entry)
    else ended(members, memory, entry, () => halt(domain))
  })
}

/** A request, a WebSocket or a download is under way. */
const isBusy = (port: number): boolean =>
  readSockets().some(({ localPort, established }) => localPort === port && established)

function cameUp(members: ProcessGroups, memory: Memory, { pid, child }: Pm2App): void {
  if (pid) members.enter(memory.app, pid)
  followOutput(siteNames(memory.app.domain).appLog, passwd.gid('hosting-panel'), child.stdout!, child.stderr!)
  Object.assign(memory, {
    tooMuch: false,
    outOfMemory: members.outOfMemory(memory.app),
    cpu: { seconds: 0, at: performance.now() },
  })
}

/** Ends what an app forked with it: the next start must find its port free. */
function ended(members: ProcessGroups, memory: Memory, { child, status }: Pm2App, halt: () => void): void {
  const memoryRanOut = memory.tooMuch || members.outOfMemory(memory.app) > memory.outOfMemory
  members.kill(memory.app)
  if (memory.ending || memory.givenUp) return
  const how = memoryRanOut
    ? `used more than its ${memory.app.memoryMb} MB of memory`
    : howItEnded(child.exitCode, child.signalCode)
  memory.exits = recent([...memory.exits, { at: performance.now(), how, memory: memoryRanOut }], performance.now())
  // PM2 says here that it gives an app up, and forgets it a moment later where restarts have growing pauses.
  const verdict = giveUp(memory.exits, performance.now()) ?? (status === 'errored' ? endedAtOnce(memory.exits) : null)
  memory.reason = verdict ?? `It ${how}`
  if (!verdict) return
  memory.givenUp = true
  // PM2 sets its timer for the next start after telling of the exit.
  setImmediate(halt)
}

function refuseTooMuch(members: ProcessGroups, memory: Memory): void {
  if (members.usage(memory.app).memoryBytes <= memory.app.memoryMb * 1024 * 1024) return
  memory.tooMuch = true
  members.kill(memory.app)
}

function listeningOf(uid: number): number[] {
  return [
    ...new Set(
      readSockets()
        .filter((socket) => socket.listening && socket.uid === uid)
        .map(({ localPort }) => localPort),
    ),
  ]
}

const states = {
  online: 'running',
  launching: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  errored: 'errored',
  'waiting restart': 'restarting',
} as const

function tell(members: ProcessGroups, memory: Memory, entry: Pm2App | null): AppProcess {
  const { memoryBytes, cpuSeconds } = members.usage(memory.app)
  const elapsed = (performance.now() - memory.cpu.at) / 1000
  const cpuPercent = elapsed > 0 ? Math.max(0, ((cpuSeconds - memory.cpu.seconds) / elapsed) * 100) : 0
  memory.cpu = { seconds: cpuSeconds, at: performance.now() }
  return {
    domain: memory.app.domain,
    state: memory.givenUp ? 'errored' : entry ? states[entry.status] : 'stopped',
    reason: memory.reason,
    listening: listeningOf(memory.uid),
    startedAt: entry?.startedAt ?? 0,
    restarts: entry?.restarts ?? 0,
    memoryBytes,
    cpuPercent: Math.round(cpuPercent * 10) / 10,
  }
}
