import { setTimeout as sleep } from 'node:timers/promises'
import { signal } from '../../system/kill.ts'
import { liveGeneration, masterPid } from './index.ts'

/** How long the new master may take to answer (ms), and how often it is asked. */
const TIMEOUT_MS = 20_000
const POLL_MS = 50

/** Name of the old master's process file, until that has ended. */
const OLD = '/run/nginx.pid.oldbin'

/**
 * Has a new nginx take over the old one's sockets (nginx.org, "Upgrading Executable on the Fly"): the old one's
 * requests end in their own time, and none is refused. Answers whether it did; if not, the old one goes on. An upgrade
 * that was cut off is brought to its end.
 */
export async function upgradeBinary(): Promise<boolean> {
  const left = await masterPid(OLD)
  if (left !== null && left !== (await masterPid())) return signal(left, 'SIGQUIT')
  const old = await masterPid()
  if (old === null || !signal(old, 'SIGUSR2')) return false
  for (const deadline = Date.now() + TIMEOUT_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    const master = await masterPid()
    const isNew = master !== null && master !== old && (await masterPid(OLD)) === old
    if (isNew && (await liveGeneration()) !== null) return signal(old, 'SIGQUIT')
  }
  return false
}
