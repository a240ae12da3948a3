import { setTimeout as sleep } from 'node:timers/promises'
import { signal } from '../../system/kill.ts'
import { answeringMaster, masterPid } from './index.ts'

/** How long the new master may take to answer (ms), and how often it is asked. */
const TIMEOUT_MS = 20_000
const POLL_MS = 50

/** Name of the old master's process file, until that has ended. */
const OLD = '/run/nginx.pid.oldbin'

/** The machine, as an upgrade sees and changes it. */
export interface Masters {
  /** The master by nginx's own process file, and the one that is being replaced. */
  current: () => Promise<number | null>
  old: () => Promise<number | null>
  /** The master whose worker answers a connection that is made now. */
  answering: () => Promise<number | null>
  signal: (pid: number, name: NodeJS.Signals) => boolean
  timeout: number
}

const machine: Masters = {
  current: masterPid,
  old: () => masterPid(OLD),
  answering: answeringMaster,
  signal,
  timeout: TIMEOUT_MS,
}

/**
 * Has a new nginx take over the old one's sockets (nginx.org, "Upgrading Executable on the Fly"): the old one's
 * requests end in their own time, and none is refused. The old one is told to end only once a worker of the new one has
 * answered; a new one that does not answer in time is ended, and the old one goes on. Answers whether the new one
 * serves. An upgrade that was cut off is brought to its end, or taken back, in the same way.
 */
export async function upgradeBinary(on: Masters = machine): Promise<boolean> {
  const [left, current] = [await on.old(), await on.current()]
  const isCutOff = left !== null && left !== current
  const old = isCutOff ? left : current
  if (old === null || (!isCutOff && !on.signal(old, 'SIGUSR2'))) return false
  const next = await untilServing(old, on)
  if (next.serves) return on.signal(old, 'SIGQUIT')
  // The old one takes its process file back once the new one has ended.
  if (next.pid !== null) on.signal(next.pid, 'SIGQUIT')
  return false
}

/** Old workers take connections too until they are told to end, so the new ones may have to be asked for often. */
async function untilServing(old: number, on: Masters): Promise<{ pid: number | null; serves: boolean }> {
  let pid: number | null = null
  for (const deadline = performance.now() + on.timeout; performance.now() < deadline; await sleep(POLL_MS)) {
    const current = await on.current()
    pid = current === old ? null : current
    if (pid !== null && (await on.old()) === old && (await on.answering()) === pid) return { pid, serves: true }
  }
  return { pid, serves: false }
}
