import { hasSystemd, release, reloadService } from '../../drivers/systemd/index.ts'
import { masterUnit } from '../../model/sites/names.ts'
import type { PhpVersion } from '../../model/sites/schema.ts'
import { masterOf } from '../../proc/php-masters.ts'
import { listProcesses } from '../../proc/processes.ts'

/** The units of the running masters of a version, by their titles. Pure. */
export const runningMasters = (titles: readonly string[], version: PhpVersion): string[] =>
  titles.flatMap((title) => {
    const master = masterOf(title)
    return master?.version === version && master.instance !== null ? [masterUnit(master.instance)] : []
  })

/** Has the running masters of a version start anew, so that they load what was installed. */
export async function restartMasters(version: PhpVersion): Promise<void> {
  if (!hasSystemd()) return reloadService(`php${version}-fpm`)
  const titles = listProcesses().map(({ title }) => title)
  await release(runningMasters(titles, version))
}
