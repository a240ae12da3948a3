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
 * A command with nothing but the site's environment, in the folder of its files; run as the site's user. An app's
 * environment holds secrets, which stay out of the arguments: run-app reads it. Pure.
 */
export function inSite(spec: SiteSpec, command: readonly string[]): string[] {
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
    ...command,
  ]
}
