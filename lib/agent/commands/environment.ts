import { noGrowth } from '../../drivers/pm2/process.ts'
import { paths } from '../../model/paths.ts'
import { runsAs, siteNames, siteFolder } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'

/** Environment of a command in a site without an app: its PHP comes first in PATH. */
export function commandEnvironment(spec: SiteSpec): Record<string, string> {
  const home = spec.runtime === 'php' ? siteNames(spec.domain).tmp : '/tmp'
  const user = runsAs(spec)
  const php = spec.phpVersion === null ? '' : `${paths.phpPrograms}/${spec.phpVersion}:`
  return {
    LANG: 'C.UTF-8',
    PATH: `${php}/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    TMPDIR: home,
    USER: user,
    LOGNAME: user,
  }
}

/**
 * Runs a command with nothing but the site's environment, in the folder of its files; as the site's user. An app's
 * environment and a command's words hold secrets, which stay out of the arguments: run-app reads both. Pure.
 */
export function inSite(spec: SiteSpec): string[] {
  const pairs = Object.entries(commandEnvironment(spec)).map(([name, value]) => `${name}=${value}`)
  const [ignore, ...limit] = spec.storage === 'ok' ? [] : noGrowth
  return [
    '/usr/bin/env',
    '-i',
    ...(ignore ? [ignore] : []),
    ...(spec.app ? [] : pairs),
    ...limit,
    paths.runApp,
    spec.app ? siteNames(spec.domain).appEnvironment : '/dev/null',
    siteFolder(spec),
  ]
}

/** A command's words as run-app reads them: each ended by a NUL, which no word can hold. */
export const wordsOf = (command: readonly string[]): string => command.map((word) => `${word}\0`).join('')
