import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { signal } from './kill.ts'

/**
 * Groups of processes below groups that systemd delegated (cgroups(7), Delegate= in systemd.resource-control(5)): in
 * the place of the app's unit in its site's slice, or below this process's own group while there is none. All forks of
 * an app stay in its group. Without a memory controller (kernel, container) groups still tell which processes belong
 * together.
 */
export interface Groups {
  /** Puts a process, and with it all it will fork, into a group with a limit in bytes. */
  enter(group: Group, pid: number, limits: Limits): void
  /** Whether the group's own place is there. */
  hasPlace(group: Group): boolean
  /** Moves all that runs below this process's own group to the group's place. */
  move(group: Group, limits: Limits): void
  members(group: Group): number[]
  /** Ends every process of a group at once. */
  kill(group: Group): void
  /** How often the kernel ended a process of the group for want of memory. */
  outOfMemory(group: Group): number
}

/** An app's group, by a name of its own and the place that a unit of systemd's has: `sites.slice/...`. */
export interface Group {
  name: string
  place: string
}

interface Limits {
  memory: number
  processes: number
}

/**
 * Memory limit of the supervisor itself (bytes): it takes a tenth of this. Its unit cannot set the limit, because apps
 * may be in the same unit for a moment.
 */
const OWN_MEMORY = 512 * 1024 * 1024

const roots = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified']

/** Null where this process has no group of its own that it may divide. */
export function openGroups(): Groups | null {
  const mount = roots.find((root) => existsSync(`${root}/cgroup.procs`))
  const own = /^0::(\/.+)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1]
  if (!mount || !own) return null
  const base = mount + own
  try {
    makeGroup(`${base}/self`)
    writeFileSync(`${base}/self/cgroup.procs`, String(process.pid))
  } catch {
    return null
  }
  divide(base)
  tryWrite(`${base}/self/memory.max`, String(OWN_MEMORY))
  return groupsBelow(base, base.split('/system.slice/')[0]!)
}

/** Moves the own processes into a group below: groups get limits only while the group above has no process. */
function divide(path: string): void {
  for (const pid of pidsOf(path)) {
    makeGroup(`${path}/self`)
    tryWrite(`${path}/self/cgroup.procs`, String(pid))
  }
  for (const controller of ['memory', 'pids']) tryWrite(`${path}/cgroup.subtree_control`, `+${controller}`)
}

function makeGroup(path: string): void {
  if (!existsSync(path)) mkdirSync(path)
}

/** Exported for its test. */
export function groupsBelow(base: string, top: string): Groups {
  const first = ({ name }: Group) => `${base}/app-${name}`
  const place = (group: Group) => `${top}/${group.place}`
  const own = (group: Group) => `${place(group)}/app`
  const both = (group: Group) => [own(group), first(group)]
  const members = (group: Group) => both(group).flatMap(pidsOf)
  const put = (path: string, pids: readonly number[], limits: Limits) => {
    makeGroup(path)
    limit(path, limits)
    for (const pid of pids) tryWrite(`${path}/cgroup.procs`, String(pid))
  }
  const hasPlace = (group: Group) => existsSync(`${place(group)}/cgroup.procs`)
  return {
    hasPlace,
    members,
    enter(group, pid, limits) {
      if (hasPlace(group)) divide(place(group))
      put(hasPlace(group) ? own(group) : first(group), [pid], limits)
    },
    move(group, limits) {
      if (!hasPlace(group)) return
      divide(place(group))
      // A process may fork while it is moved.
      const left = () => pidsOf(first(group))
      for (let round = 0, pids = left(); pids.length > 0 && round < 20; round++, pids = left()) {
        put(own(group), pids, limits)
      }
      tryRemove(first(group))
    },
    kill(group) {
      for (let round = 0; round < 50; round++) {
        const left = members(group)
        if (left.length === 0) break
        for (const path of both(group)) tryWrite(`${path}/cgroup.kill`, '1')
        for (const pid of left) signal(pid, 'SIGKILL')
      }
      both(group).forEach(tryRemove)
    },
    outOfMemory: (group) =>
      both(group).reduce(
        (sum, path) => sum + Number(/^oom_kill (\d+)/m.exec(tryRead(`${path}/memory.events`) ?? '')?.[1] ?? 0),
        0,
      ),
  }
}

const pidsOf = (path: string): number[] =>
  (tryRead(`${path}/cgroup.procs`) ?? '').split('\n').filter(Boolean).map(Number)

function limit(path: string, { memory, processes }: Limits): void {
  tryWrite(`${path}/memory.max`, String(memory))
  tryWrite(`${path}/memory.swap.max`, '0')
  tryWrite(`${path}/memory.oom.group`, '1')
  tryWrite(`${path}/pids.max`, String(processes))
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

/** The slice of a site, in the text of a process's /proc/<pid>/cgroup; null outside of these. Pure. */
export const siteSlice = (cgroup: string): string | null =>
  /^0::(?:\/[^\n]*)?\/sites\.slice\/([^/\n]+\.slice)(?:\/|$)/m.exec(cgroup)?.[1] ?? null

/** The slice of a site that a process runs in. */
export const sliceOfProcess = (pid: number): string | null => siteSlice(tryRead(`/proc/${pid}/cgroup`) ?? '')
