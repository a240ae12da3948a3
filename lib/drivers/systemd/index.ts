import { existsSync } from 'node:fs'
import { daemons } from '../../model/daemons.ts'
import { PanelError } from '../../model/errors.ts'
import { takenBy } from '../../system/port-owner.ts'
import { attempt, run, type Argv } from '../../system/run.ts'
import {
  cancel,
  disableUnit,
  failedUnits,
  resetFailed,
  killServices,
  later,
  releaseServices,
  reloadManager as reload,
  restartUnits as restart,
  service,
  showUnits,
  startUnits as start,
  stopUnits as stop,
} from './commands.ts'
import { parseUnits, type Unit } from './units.ts'

/** Whether systemd runs this machine; else services go through `service`. */
export const hasSystemd = (): boolean => existsSync('/run/systemd/system')

export type ServiceState = 'running' | 'stopped' | 'missing'

export async function startUnits(units: readonly string[]): Promise<void> {
  if (units.length > 0) await run(start(units), { timeout: 600 })
}

/**
 * Runs a command in so many seconds, whatever becomes of this process. Without systemd nothing happens: runit keeps the
 * agent running.
 */
export async function runLater(name: string, seconds: number, command: Argv): Promise<void> {
  if (!hasSystemd()) return
  await attempt(cancel(name))
  await run(later(name, seconds, command))
}

/**
 * Starts sockets. systemd refuses one whose service somebody left running without it: that service ends first, and
 * starts anew with its socket.
 */
export async function startSockets(sockets: readonly string[]): Promise<void> {
  await startUnits(sockets).catch(async () => {
    const refused = (await readUnits(sockets)).filter(({ active }) => active !== 'active').map(({ name }) => name)
    const services = refused.map((socket) => socket.replace(/\.socket$/, '.service'))
    await stopUnits(services)
    await startUnits([...refused, ...services])
  })
}

/** Stops units and waits until they have. */
export async function stopUnits(units: readonly string[]): Promise<void> {
  if (units.length > 0) await run(stop(units), { timeout: 600 })
}

/** Lets services end when their requests have; their sockets start them again on demand. */
export async function release(services: readonly string[]): Promise<void> {
  if (services.length > 0) await run(releaseServices(services))
}

/** Has systemd read the files of units that it knows already; those it does not are read when they start. */
export async function reloadManager(): Promise<void> {
  await run(reload())
}

/** Starts a system service when it does not run. */
export async function startService(name: string): Promise<void> {
  await naming(name, run(hasSystemd() ? start([`${name}.service`]) : service(name, 'start')))
}

/** Adds to a failure who took a port of the service's. */
const naming = (name: string, starting: Promise<unknown>): Promise<unknown> =>
  starting.catch((error: unknown) => {
    const who = error instanceof PanelError ? takenBy(daemons[name] ?? [], `${name}.service`) : ''
    throw who === '' ? error : new PanelError('command_failed', 500, `${(error as Error).message}${who}`)
  })

/**
 * Ends services, after so long for their requests (ms), and waits until they have. One that had to be killed is
 * deleted: its failure would stay in the machine's state after its site.
 */
export async function endServices(services: readonly string[], grace: number): Promise<void> {
  if (services.length === 0) return
  if (grace > 0 && (await attempt(stop(services), { timeout: grace / 1000 })).code === 0) return
  await attempt(killServices(services))
  await run(stop(services), { timeout: 600 })
  await attempt(resetFailed(services))
}

/**
 * Starts a system service anew, also one that was given up, and waits until it says that it is up (s). Throws
 * `command_failed`.
 */
export async function restartService(name: string, timeout: number): Promise<void> {
  if (hasSystemd()) await attempt(resetFailed([`${name}.service`]))
  await naming(name, run(hasSystemd() ? restart([`${name}.service`]) : service(name, 'restart'), { timeout }))
}

/** Reloads one of the distribution's services where there is no systemd. */
export async function reloadService(name: string): Promise<void> {
  await run(service(name, 'reload'))
}

/** Asks the machine's own `service` for a state, where there is no systemd. */
export async function plainServiceState(name: string): Promise<ServiceState> {
  const { code } = await attempt(service(name, 'status'))
  return code === 0 ? 'running' : code === 1 ? 'missing' : 'stopped'
}

/** Has systemd reckon anew when timers run that ran last at a time that is still to come. */
export async function rewindTimers(now: number): Promise<void> {
  const timers = (await readUnits(['*.timer'])).filter(({ lastTrigger }) => lastTrigger > now).map(({ name }) => name)
  if (timers.length > 0) await run(restart(timers))
}

/** The state of units, in the order asked. */
export const readUnits = async (units: readonly string[]): Promise<Unit[]> =>
  parseUnits((await attempt(showUnits(units), { env: { TZ: 'UTC' } })).stdout)

/** Stops one of the distribution's services and keeps it from starting at boot. */
export async function disableService(name: string): Promise<void> {
  await run(disableUnit(`${name}.service`))
}

/** Names of failed units that match patterns such as `hosting-panel-php*`. */
export async function failedUnitNames(patterns: readonly string[]): Promise<string[]> {
  const { stdout } = await attempt(failedUnits(patterns))
  return stdout.split('\n').flatMap((line) => line.split(' ')[0] || [])
}
