import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import { attempt } from '../../system/run.ts'
import { listTables, load } from './commands.ts'
import { table } from './guard.conf.ts'
import { table as limitsTable } from './limits.conf.ts'

const tables = async (): Promise<string[]> => (await attempt(listTables())).stdout.split('\n')

/**
 * Loads a table anew. A kernel that has had it before and refuses it now says so; one that never had it may have no
 * netfilter, and the log tells what sites do without.
 */
async function loadTable(name: string, file: string, without: string): Promise<void> {
  const { code, stderr } = await attempt(load(file))
  if (code === 0) return
  const why = stderr.trim().split('\n')[0] || 'nft is missing'
  if ((await tables()).includes(`table ${name}`)) {
    throw new PanelError(
      'filter_failed',
      503,
      `The kernel refuses the new filter of ports, so nothing was changed. Correct what it names: ${why}`,
    )
  }
  console.error(`${without}: ${why}`)
}

const isGuard = (name: string): boolean =>
  name === paths.appGuard || (name.startsWith(`${paths.apps}/`) && name.endsWith('.nft'))

/** Whether a file holds rules of the filter. */
export const filterFiles = (name: string): boolean => isGuard(name) || name === paths.connectionLimits

/**
 * Loads what changed among these files into the kernel: who may use which ports, and how many connections a user or an
 * address may hold. Where it has no netfilter (some containers) sites run without, and the log says so. Throws
 * `filter_failed`.
 */
export async function loadFilter(changed: readonly string[]): Promise<void> {
  if (changed.some(isGuard)) {
    await loadTable(
      table,
      paths.appGuard,
      'The ports of apps and services are not guarded against other users of this server',
    )
  }
  if (changed.includes(paths.connectionLimits)) {
    await loadTable(limitsTable, paths.connectionLimits, 'Connections of one user or address are not limited')
  }
}

/** Tells whether somebody took the filter out of the kernel; null when it is there, or the kernel has no netfilter. */
export async function filterProblem(): Promise<string | null> {
  const { code, stdout } = await attempt(listTables())
  if (code !== 0 || stdout.split('\n').includes(`table ${table}`)) return null
  return (
    'was removed from the kernel (nft flush ruleset does this). ' +
    'Load it again with: systemctl restart hosting-panel-guard'
  )
}
