import type { PhpVersion } from '../../sites/schema.ts'
import type { Argv } from '../../system/run.ts'

/** Checks one master's whole configuration. */
export const testMaster = (version: PhpVersion, configuration: string): Argv => [
  `php-fpm${version}`, '-t', '--fpm-config', configuration,
]

/** Checks the distribution's master with every pool in it. */
export const testDistributionMaster = (version: PhpVersion): Argv => [`php-fpm${version}`, '-t']
