import type { PhpVersion } from '../../model/sites/schema.ts'
import type { Argv } from '../../system/run.ts'

/** Packages that a PHP site usually needs; those a version does not have as packages of their own are left out. */
const extensions = [
  'cli',
  'mysql',
  'sqlite3',
  'pgsql',
  'curl',
  'gd',
  'mbstring',
  'xml',
  'zip',
  'intl',
  'bcmath',
  'opcache',
  'soap',
  'redis',
  'imagick',
]

export const fpmPackage = (version: PhpVersion): string => `php${version}-fpm`

export const extensionPackage = (version: PhpVersion, extension: string): string => `php${version}-${extension}`

/** Packages of a version that the package sources have, with their summaries. */
export const packagesOf = (version: PhpVersion): Argv => [
  'apt-cache',
  'search',
  '--names-only',
  '--',
  `^php${version.replace('.', String.raw`\.`)}-`,
]

/** Lists what a removal would remove, without doing it. */
export const purgePlan = (packages: readonly string[]): Argv => [
  'apt-get',
  'purge',
  '--simulate',
  '--yes',
  '--',
  ...packages,
]

export const wantedPackages = (version: PhpVersion): string[] => [
  fpmPackage(version),
  ...extensions.map((extension) => extensionPackage(version, extension)),
]

/** Lists the versions of packages that the package sources have, one a line, and nothing of the others. */
export const known = (packages: readonly string[]): Argv => ['apt-cache', 'madison', '--', ...packages]

/** Apt searches all packages for a name that it does not know, a quarter of a second for each: see `known`. */
export const candidates = (packages: readonly string[]): Argv => ['apt-cache', 'policy', '--', ...packages]

export const install = (packages: readonly string[]): Argv => [
  'apt-get',
  'install',
  '--yes',
  '--no-install-recommends',
  '-o',
  'DPkg::Lock::Timeout=120',
  '-o',
  'Dpkg::Options::=--force-confold',
  '--',
  ...packages,
]

export const purge = (packages: readonly string[]): Argv => [
  'apt-get',
  'purge',
  '--yes',
  '-o',
  'DPkg::Lock::Timeout=120',
  '--',
  ...packages,
]

export const statusOf = (packages: readonly string[]): Argv => [
  'dpkg-query',
  '--show',
  '--showformat=${db:Status-Status} ${Package}\\n',
  '--',
  ...packages,
]

export const installedOf = (version: PhpVersion): Argv => [
  'dpkg-query',
  '--show',
  '--showformat=${db:Status-Status} ${Package}\\n',
  `php${version}-*`,
]
