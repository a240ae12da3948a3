import { PanelError } from '../../errors.ts'
import type { PhpVersion } from '../../sites/schema.ts'
import { phpVersion } from '../../sites/schema.ts'
import { listDirectory } from '../../system/files.ts'
import { attempt } from '../../system/run.ts'
import { testDistributionMaster, testMaster } from './commands.ts'

/** The PHP versions whose FPM is on this machine, oldest first. */
export async function installedVersions(): Promise<PhpVersion[]> {
  const binaries = new Set(await listDirectory('/usr/sbin'))
  return phpVersion.options.filter((version) => binaries.has(`php-fpm${version}`))
}

/** Checks a master's configuration. Throws PanelError `php_check_failed` with what PHP-FPM said. */
export async function checkMaster(version: PhpVersion, configuration: string | null): Promise<void> {
  const argv = configuration === null ? testDistributionMaster(version) : testMaster(version, configuration)
  const { code, stderr } = await attempt(argv)
  if (code === 0) return
  throw new PanelError('php_check_failed', 422, `PHP-FPM ${version} refuses the site's settings, so nothing was changed: ${stderr.trim()}`)
}
