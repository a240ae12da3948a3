import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { signal } from './processes.ts'

/**
 * Groups of processes below this process's own, which systemd delegated to it (cgroups(7), Delegate= in
 * systemd.resource-control(5)). Whatever an app forks stays in its group. Where the kernel or a container
 * gives no memory controller, groups still tell who belongs together.
 */
export interface Groups {
  /** Puts a process, and with it all it will fork, into a group with a limit in bytes. */
  enter(name: string, pid: number, limits: { memory: number; processes: number }): void
  members(name: string): number[]
  /** Ends every process of a group at once. */
  kill(name: string): void
  /** How often the kernel ended a process of the group for want of memory. */
  outOfMemory(name: string): number
}

/** What the supervisor itself may use (bytes): it takes a tenth of this. Its apps are in the same unit, so the unit cannot say so. */
const OWN_MEMORY = 512 * 1024 * 1024

const roots = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified']

/** Null where this process has no group of its own that it may divide. */
export function openGroups(): Groups | null {
  const mount = roots.find((root) => existsSync(`${root}/cgroup.procs`))
  const own = /^0::(\/.+)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1]
  if (!mount || !own) return null
  const base = mount + own
  try {
    // Limits can be given to groups below only while the one above has no process itself.
    mkdirSync(`${base}/self`, { recursive: true })
    writeFileSync(`${base}/self/cgroup.procs`, String(process.pid))
  } catch {
    return null
  }
  for (const controller of ['memory', 'pids']) tryWrite(`${base}/cgroup.subtree_control`, `+${controller}`)
  tryWrite(`${base}/self/memory.max`, String(OWN_MEMORY))
  return groupsBelow(base)
}

function groupsBelow(base: string): Groups {
  const path = (name: string) => `${base}/app-${name}`
  const members = (name: string) => (tryRead(`${path(name)}/cgroup.procs`) ?? '').split('\n').filter(Boolean).map(Number)
  return {
    enter(name, pid, { memory, processes }) {
      mkdirSync(path(name), { recursive: true })
      tryWrite(`${path(name)}/memory.max`, String(memory))
      tryWrite(`${path(name)}/memory.swap.max`, '0')
      tryWrite(`${path(name)}/memory.oom.group`, '1')
      tryWrite(`${path(name)}/pids.max`, String(processes))
      tryWrite(`${path(name)}/cgroup.procs`, String(pid))
    },
    members,
    kill(name) {
      for (let round = 0; round < 50; round++) {
        const left = members(name)
        if (left.length === 0) break
        for (const pid of left) signal(pid, 'SIGKILL')
      }
      tryRemove(path(name))
    },
    outOfMemory: (name) => Number(/^oom_kill (\d+)/m.exec(tryRead(`${path(name)}/memory.events`) ?? '')?.[1] ?? 0),
  }
}

function tryWrite(path: string, text: string): void {
  try {
    if (existsSync(path)) writeFileSync(path, text)
  } catch {
    // A controller that is not there limits nothing; the supervisor looks itself.
  }
}

function tryRead(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function tryRemove(path: string): void {
  try {
    rmdirSync(path)
  } catch {
    // Ending processes keep it a moment longer; it is used again or goes with the service.
  }
}
