import type { NodeVersion } from '../../model/node/schema.ts'
import type { Argv } from '../../system/run.ts'

export type Npm = Argv

/**
 * npm's own JavaScript, run by the panel's Node: an older one leaves out, without a word, what asks for a newer.
 * It ends with the agent however that ends, as the next agent removes what it was writing.
 */
export const npmBy = (node: string, script: string): Npm => [
  'setpriv',
  '--pdeathsig',
  'KILL',
  '--',
  node,
  '--no-deprecation',
  script,
]

/** The npm that goes with each: its newest major whose `engines` every release of that Node fits. */
const npmMajors: Record<NodeVersion, string> = { 20: '10', 22: '10', 24: '11', 26: '11' }

/**
 * Names Node itself in the registry (`arch` as in process.arch) or the npm for it, followed by which: a major or a
 * release.
 */
export const nodePackage = (arch: string, release: string): string => `node-linux-${arch}@${release}`
export const npmPackage = (release: string): string => `npm@${release}`
export const npmFor = (version: NodeVersion): string => npmPackage(npmMajors[version])

/**
 * A registry that does not answer is given up after half a minute or so, rather than five. The agent may not write to
 * root's home.
 */
const common = (cache: string): string[] => [
  `--cache=${cache}`,
  '--logs-max=0',
  '--no-update-notifier',
  '--fetch-retries=2',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=5000',
  '--fetch-timeout=60000',
]

/** Every published release of a package's major, as JSON: one string, or a list in no order. */
export const published = (npm: Npm, cache: string, wanted: string): Argv => [
  ...npm,
  'view',
  ...common(cache),
  '--prefer-online',
  '--json',
  '--',
  wanted,
  'version',
]

/** Puts packages into `directory`: their programs into bin/, themselves into lib/node_modules/. */
export const install = (npm: Npm, cache: string, directory: string, packages: readonly string[]): Argv => [
  ...npm,
  'install',
  ...common(cache),
  '--global',
  `--prefix=${directory}`,
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--loglevel=http',
  '--',
  ...packages,
]

export const versionOfNode = (directory: string): Argv => [`${directory}/bin/node`, '--version']
export const versionOfNpm = (directory: string): Argv => [`${directory}/bin/node`, `${directory}/bin/npm`, '--version']

/**
 * Has the kernel write out what it holds of a file's disk, so that a power cut leaves no empty program behind a good
 * name.
 */
export const flush = (path: string): Argv => ['sync', '--file-system', path]
