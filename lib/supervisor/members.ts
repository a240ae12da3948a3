import { openGroups } from '../system/cgroup.ts'
import { identities } from '../system/identities.ts'
import { listProcesses, signal } from '../system/processes.ts'
import { usageOf, type Usage } from '../system/usage.ts'
import type { Description } from '../apps/description.ts'

/** More processes than this an app may not have. */
const PROCESSES = 256

/** All the processes of an app, whatever it forked. */
export interface Members {
  /** A new process of an app has come up. */
  enter(app: Description, pid: number): void
  usage(app: Description): Usage
  /** How often the kernel ended one for want of memory. */
  outOfMemory(app: Description): number
  /** Asks all but the first to end, which its own parent may not do for it. */
  terminate(app: Description, first: number | null): void
  /** Ends whatever is left. */
  kill(app: Description): void
}

/** By control groups; where there are none, by the site's user, who then can have nothing else running. */
export function openMembers(): Members {
  const groups = openGroups()
  const pids = (app: Description): number[] => groups ? groups.members(app.user) : ofUser(app.user)
  return {
    enter: (app, pid) => groups?.enter(app.user, pid, { memory: app.memoryMb * 1024 * 1024, processes: PROCESSES }),
    usage: (app) => usageOf(pids(app)),
    outOfMemory: (app) => groups?.outOfMemory(app.user) ?? 0,
    terminate(app, first) {
      for (const pid of pids(app)) if (pid !== first) signal(pid, 'SIGTERM')
    },
    kill: (app) => groups ? groups.kill(app.user) : killAll(app.user),
  }
}

function ofUser(user: string): number[] {
  const uid = identities.uid(user)
  return listProcesses().filter((entry) => entry.uid === uid).map(({ pid }) => pid)
}

function killAll(user: string): void {
  for (let round = 0; round < 20; round++) {
    const left = ofUser(user)
    if (left.length === 0) return
    for (const pid of left) signal(pid, 'SIGKILL')
  }
}
