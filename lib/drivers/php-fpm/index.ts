import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { PanelError } from '../../model/errors.ts'
import type { PhpVersion } from '../../model/sites/schema.ts'
import { phpVersion } from '../../model/sites/schema.ts'
import { listDirectory, readText } from '../../system/files.ts'
import { type Argv, attempt } from '../../system/run.ts'
import { testDistributionMaster, testMaster } from './commands.ts'

/** The PHP versions whose FPM is on this machine, oldest first. */
export async function installedVersions(): Promise<PhpVersion[]> {
  const binaries = new Set(await listDirectory('/usr/sbin'))
  return phpVersion.options.filter((version) => binaries.has(`php-fpm${version}`))
}

/** Seconds that PHP keeps a session: its own default where neither a version nor its php.ini says. */
export async function iniLifetime(version: PhpVersion | null): Promise<number> {
  const text = version && (await readText(`/etc/php/${version}/fpm/php.ini`))
  return Number(/^\s*session\.gc_maxlifetime\s*=\s*(\d+)/m.exec(text ?? '')?.[1]) || 1440
}

/** Checks the configuration of a site's own master. Throws PanelError `php_check_failed` with what PHP-FPM said. */
export const checkMaster = (version: PhpVersion, configuration: string, user: string): Promise<void> =>
  check(version, testMaster(version, configuration, user))

/** The same for the distribution's master with all its pools. */
export const checkDistributionMaster = (version: PhpVersion): Promise<void> =>
  check(version, testDistributionMaster(version))

/** How long a master that reads its pools anew may take to listen for them (ms). */
const LISTEN_TIMEOUT_MS = 10_000

/** Waits until pools listen, given their files' texts: a master that was told to read them answers before it has. */
export async function untilListening(pools: readonly string[]): Promise<void> {
  const sockets = pools.flatMap((text) => /^listen = (\/.+)$/m.exec(text)?.[1] ?? [])
  const deadline = performance.now() + LISTEN_TIMEOUT_MS
  while (!sockets.every((path) => existsSync(path)) && performance.now() < deadline) await sleep(20)
}

async function check(version: PhpVersion, argv: Argv): Promise<void> {
  const { code, stderr } = await attempt(argv)
  if (code === 0) return
  throw new PanelError(
    'php_check_failed',
    422,
    `PHP-FPM ${version} refuses the site's settings, so nothing was changed: ${stderr.trim()}`,
  )
}
