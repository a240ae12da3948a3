import { paths } from '../../model/paths.ts'
import type { ProcessEntry } from '../../proc/processes.ts'
import { idleness, lastRequestIn } from '../sites/idle.ts'

/** Whether Adminer's PHP can be put to sleep. Reads only what any user may. */
export function adminerIsIdle(processes: readonly ProcessEntry[], now: number): boolean {
  const lastRequest = lastRequestIn(`${paths.nginxLogs}/hosting-panel-tool.access.log`, now)
  return idleness(processes, now)(['hosting-panel-adminer'], lastRequest)
}
