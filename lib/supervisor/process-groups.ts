import { hasSystemd, startUnits } from '../drivers/systemd/index.ts'
import type { LaunchSpec } from '../model/protocol/launch-spec.ts'
import { siteNames } from '../model/sites/names.ts'
import { listProcesses } from '../proc/processes.ts'
import { openGroups, type Group, type Groups } from '../system/cgroup.ts'
import { signal } from '../system/kill.ts'
import { passwd } from '../system/passwd.ts'
import { usageOf, type Usage } from '../system/usage.ts'

/** More processes than this an app may not have. */
const PROCESSES = 256

/** All the processes of an app, whatever it forked. */
export interface ProcessGroups {
  /** An app is about to start: ends what an earlier supervisor left of it, and has its place made. */
  begin(app: LaunchSpec): void
  /** A new process of an app has come up. */
  enter(app: LaunchSpec, pid: number): void
  usage(app: LaunchSpec): Usage
  /** How often the kernel ended one for want of memory. */
  outOfMemory(app: LaunchSpec): number
  /** Asks all but the first to end, which its own parent may not do for it. */
  terminate(app: LaunchSpec, first: number | null): void
  /** Ends whatever is left. */
  kill(app: LaunchSpec): void
}

/** By control groups; where there are none, by the site's user, who then can have nothing else running. */
export function openProcessGroups(): ProcessGroups {
  const groups = openGroups()
  const pids = (app: LaunchSpec): number[] => (groups ? groups.members(groupOf(app)) : ofUser(app.user))
  return {
    begin: (app) => groups && begin(groups, app),
    enter: (app, pid) => groups?.enter(groupOf(app), pid, limitsOf(app)),
    usage: (app) => usageOf(pids(app)),
    outOfMemory: (app) => groups?.outOfMemory(groupOf(app)) ?? 0,
    terminate(app, first) {
      for (const pid of pids(app)) if (pid !== first) signal(pid, 'SIGTERM')
    },
    kill: (app) => (groups ? groups.kill(groupOf(app)) : killAll(app.user)),
  }
}

const groupOf = ({ domain, user }: LaunchSpec): Group => ({ name: user, place: siteNames(domain).appGroup })
const limitsOf = ({ memoryMb }: LaunchSpec) => ({ memory: memoryMb * 1024 * 1024, processes: PROCESSES })

/** Ends leftovers of the app, and has systemd make its place without waiting: the app is moved there later. */
function begin(groups: Groups, app: LaunchSpec): void {
  groups.kill(groupOf(app))
  if (!hasSystemd() || groups.hasPlace(groupOf(app))) return
  startUnits([siteNames(app.domain).appUnit]).then(
    () => groups.move(groupOf(app), limitsOf(app)),
    (error: unknown) => console.error(`${app.domain} runs outside its site's slice: ${String(error)}`),
  )
}

function ofUser(user: string): number[] {
  const uid = passwd.uid(user)
  return listProcesses()
    .filter((entry) => entry.uid === uid)
    .map(({ pid }) => pid)
}

function killAll(user: string): void {
  for (let round = 0; round < 20; round++) {
    const left = ofUser(user)
    if (left.length === 0) return
    for (const pid of left) signal(pid, 'SIGKILL')
  }
}
