import type { Argv } from '../../system/run.ts'

export const startUnits = (units: readonly string[]): Argv => ['systemctl', 'start', '--', ...units]

export const stopUnits = (units: readonly string[]): Argv => ['systemctl', 'stop', '--', ...units]

/** Runs a command once, so many seconds from now, in the place of an earlier one of this name. */
export const later = (name: string, seconds: number, command: Argv): Argv => [
  'systemd-run',
  '--quiet',
  '--collect',
  `--unit=${name}`,
  `--on-active=${seconds}`,
  '--timer-property=AccuracySec=1s',
  '--',
  ...command,
]

/** Runs a command as a unit of its own, which keeps nothing of what this process may not, and tells what it prints. */
export const apart = (environment: Readonly<Record<string, string>>, command: Argv): Argv => [
  'systemd-run',
  '--quiet',
  '--collect',
  '--wait',
  '--pipe',
  '--service-type=exec',
  ...Object.entries(environment).map(([name, value]) => `--setenv=${name}=${value}`),
  '--',
  ...command,
]

export const cancel = (name: string): Argv => ['systemctl', 'stop', '--', `${name}.timer`]

/** Stops without waiting: requests in flight end in their own time, and the sockets start the services again. */
export const releaseServices = (units: readonly string[]): Argv => ['systemctl', 'stop', '--no-block', '--', ...units]

/** Ends services with everything they started, at once. */
export const killServices = (units: readonly string[]): Argv => [
  'systemctl',
  'kill',
  '--signal=SIGKILL',
  '--',
  ...units,
]

/** Units that are loaded already do not see a changed file before. */
export const reloadManager = (): Argv => ['systemctl', 'daemon-reload']

export const restartUnits = (units: readonly string[]): Argv => ['systemctl', 'restart', '--', ...units]

/** One that failed too often is not started any more until this is said. */
export const resetFailed = (units: readonly string[]): Argv => ['systemctl', 'reset-failed', '--', ...units]

const shown = ['Id', 'LoadState', 'ActiveState', 'SubState', 'Result', 'ActiveEnterTimestamp', 'LastTriggerUSec']

/** The state of any number of units, in one call. */
export const showUnits = (units: readonly string[]): Argv => [
  'systemctl',
  'show',
  `--property=${shown.join(',')}`,
  '--',
  ...units,
]

/** For machines without systemd. */
export const service = (name: string, action: 'start' | 'stop' | 'restart' | 'reload' | 'status'): Argv => [
  'service',
  name,
  action,
]

export const disableUnit = (unit: string): Argv => ['systemctl', 'disable', '--now', '--', unit]

export const failedUnits = (patterns: readonly string[]): Argv => [
  'systemctl',
  'list-units',
  '--state=failed',
  '--plain',
  '--no-legend',
  '--',
  ...patterns,
]
