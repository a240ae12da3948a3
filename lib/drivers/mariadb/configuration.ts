import { existsSync } from 'node:fs'
import { PanelError } from '../../model/errors.ts'
import { attempt } from '../../system/run.ts'
import { checkSettings } from './commands.ts'

/** Whether this server has MariaDB at all. */
export const isInstalled = (): boolean => existsSync('/usr/sbin/mariadbd')

/** Throws `mariadb_check_failed` when MariaDB would not start with its settings, the panel's or others. */
export async function checkConfiguration(): Promise<void> {
  const problem = await configurationProblem()
  if (problem)
    throw new PanelError(
      'mariadb_check_failed',
      422,
      `MariaDB refuses its settings, so nothing was changed: ${problem}`,
    )
}

/** MariaDB's complaint about its settings as they are on disk; null when there is none, and where it is not there. */
export async function configurationProblem(): Promise<string | null> {
  const { code, stderr } = isInstalled() ? await attempt(checkSettings()) : { code: 0, stderr: '' }
  return code === 0 ? null : stderr.trim().split('\n').at(-1) || 'it does not say why'
}
