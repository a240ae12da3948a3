import type { PhpVersion } from '../../model/sites/schema.ts'
import type { Argv } from '../../system/run.ts'

/**
 * Checks one master's whole configuration, as the user it will run as: a check by root would open the site's files as
 * root.
 */
export const testMaster = (version: PhpVersion, configuration: string, user: string): Argv => [
  'setpriv',
  `--reuid=${user}`,
  `--regid=${user}`,
  '--clear-groups',
  '--no-new-privs',
  '--',
  `php-fpm${version}`,
  '-t',
  '--fpm-config',
  configuration,
]

/** Checks the distribution's master with every pool in it. */
export const testDistributionMaster = (version: PhpVersion): Argv => [`php-fpm${version}`, '-t']
