import { setTimeout as sleep } from 'node:timers/promises'
import { listProcesses } from '../proc/processes.ts'
import { attempt, type Argv } from './run.ts'

const ROUNDS = 1000
const POLL_MS = 5

/**
 * Kills what an account still runs, so that no process outlives its user or keeps a file of it open. `grace` lets them
 * end by themselves first (ms). Waits until they are gone (5 s at most).
 */
export async function killProcessesOf(uid: number, grace = 0): Promise<void> {
  // Below are the distribution's own, root first.
  if (uid < 100) throw new Error(`refusing to end the processes of uid ${uid}`)
  const own = () => listProcesses().filter((entry) => entry.uid === uid)
  for (let waited = 0; waited < grace && own().length > 0; waited += POLL_MS) await sleep(POLL_MS)
  for (let round = 0; round < ROUNDS; round++) {
    const left = own()
    if (left.length === 0) return
    for (const { pid } of left) signal(pid, 'SIGKILL')
    // Programs that fork faster than they are listed: the user itself kills all of them at once, by kill(2) with -1.
    if (round % 10 === 1) await attempt(killAllOf(uid))
    await sleep(POLL_MS)
  }
}

const killAllOf = (uid: number): Argv => [
  'setpriv',
  `--reuid=${uid}`,
  `--regid=${uid}`,
  '--clear-groups',
  '--',
  'kill',
  '-KILL',
  '--',
  '-1',
]

/** Sends a signal; false when there is no such process any more. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}
