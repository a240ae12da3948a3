import type { Machine } from './machine.ts'
import { output } from './sites/_helpers.ts'

/**
 * How systemd ends a process that it could not put into its control group: a container's fault, and none of the unit's.
 */
const CGROUP = '219'

/** The units that have failed, by a fault of their own. */
export async function failedUnits(machine: Machine): Promise<string[]> {
  const names = await output(machine, 'sh', '-c', "systemctl list-units --failed --plain --no-legend | cut -d' ' -f1")
  if (!names) return []
  const shown = await output(machine, 'systemctl', 'show', '--property=Id,ExecMainStatus', ...names.split('\n'))
  return shown
    .split('\n\n')
    .map((unit) => Object.fromEntries(unit.split('\n').map((line) => line.split('=', 2))) as Record<string, string>)
    .filter(({ ExecMainStatus }) => ExecMainStatus !== CGROUP)
    .map(({ Id, ExecMainStatus }) => `${Id} (${ExecMainStatus ?? 'no process'})`)
}
