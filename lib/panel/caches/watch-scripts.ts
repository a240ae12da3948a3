import { cpuOfService } from '../../proc/cpu.ts'
import type { Context } from '../http/context.ts'
import { endScripts } from './end-scripts.ts'

/** How often Redis is looked at (ms): one file is read, and nobody is asked while it has little to do. */
const POLL_MS = 2_000

/** Share of a processor from which on a script may hold Redis up, on a server that is short of them too. */
const BUSY = 0.1

/** Tells at each call whether Redis was busy since the one before; the time is in ms. */
export function busyMeter(used: () => number | null): (now: number) => boolean {
  let last: { now: number; used: number } | null = null
  return (now) => {
    const current = used()
    const busy = last !== null && current !== null && current - last.used > BUSY * (now - last.now)
    last = current === null ? null : { now, used: current }
    return busy
  }
}

/** Has scripts that hold Redis up ended within seconds, while the panel runs; without systemd within a minute. */
export function watchScripts(ctx: Context): void {
  const isBusy = busyMeter(() => cpuOfService('redis-server'))
  let looking = false
  const look = async () => {
    if (!isBusy(performance.now()) || looking) return
    looking = true
    await endScripts(ctx, Date.now())
      .catch((error: unknown) => console.error('Scripts of Redis could not be looked at:', error))
      .finally(() => (looking = false))
  }
  setInterval(() => void look(), POLL_MS).unref()
}
