import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ProcessEntry {
  pid: number
  uid: number
  /** The title as `ps` shows it. */
  title: string
}

/** Every process of the machine this one may see, from /proc. Those that end meanwhile are left out. */
export function listProcesses(): ProcessEntry[] {
  return readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).flatMap((name) => {
    try {
      const title = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      return [{ pid: Number(name), uid: statSync(`/proc/${name}`).uid, title }]
    } catch {
      return []
    }
  })
}

/** The program files that run now, by their real paths. */
export function executables(): string[] {
  return readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).flatMap((name) => {
    try {
      return [readlinkSync(`/proc/${name}/exe`)]
    } catch {
      return []
    }
  })
}

/** Kills what an account still runs, so that no process outlives its user. Waits until they are gone (5 s at most). */
export async function killProcessesOf(uid: number): Promise<void> {
  // Below are the distribution's own, root first.
  if (uid < 100) throw new Error(`refusing to end the processes of uid ${uid}`)
  for (let round = 0; round < 1000; round++) {
    const own = listProcesses().filter((entry) => entry.uid === uid)
    if (own.length === 0) return
    for (const { pid } of own) signal(pid, 'SIGKILL')
    await sleep(5)
  }
}

/** Sends a signal; false when there is no such process any more. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}
