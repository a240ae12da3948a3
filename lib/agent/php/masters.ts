import { hasSystemd, release, reloadService } from '../../drivers/systemd/index.ts'
import { masterNames } from '../../model/sites/names.ts'
import type { PhpVersion } from '../../model/sites/schema.ts'
import { listProcesses } from '../../proc/processes.ts'

/** Reads the version and the instance from the titles of running masters. Pure. */
export function runningMasters(titles: readonly string[], version: PhpVersion): string[] {
  const pattern = /^php-fpm: master process \(\/etc\/php\/([0-9.]+)\/fpm\/sites\/([\w-]+)\.conf\)/
  return titles.flatMap((title) => {
    const [, of, instance] = pattern.exec(title) ?? []
    return of === version ? [instance!] : []
  })
}

/**
 * Has the running masters of a version start anew, so that they load what was installed. Requests in flight end first;
 * the sockets hold the next ones.
 */
export async function restartMasters(version: PhpVersion): Promise<void> {
  if (!hasSystemd()) return reloadService(`php${version}-fpm`)
  const instances = runningMasters(
    listProcesses().map(({ title }) => title),
    version,
  )
  await release(
    instances.map(
      (instance) =>
        masterNames(instance, version, instance.endsWith('-shared') ? 'hosting-panel-php-shared' : 'hosting-panel-php')
          .serviceUnit,
    ),
  )
}
