import { existsSync, readFileSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { believed } from '../../model/clock.ts'
import { paths } from '../../model/paths.ts'
import { masterOf } from '../../proc/php-masters.ts'
import { beganAt, replacedFiles, unitOfGroup } from '../../proc/replaced.ts'

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It ended, or is a thread of the kernel.
    return ''
  }
}

/** Units that are looked after: the distribution's daemons, the panel's own, and what runs for sites. */
const known = [
  /^(?:nginx|mariadb|redis-server|fail2ban|php[\d.]+-fpm)\.service$/,
  /^hosting-panel(?:-[a-z]+)?\.service$/,
  /^hosting-panel-(?:php|php-shared|app)@.+\.service$/,
]
const isKnown = (unit: string): boolean => known.some((pattern) => pattern.test(unit))

/** Units with a process that runs what is on disk no more: files that were replaced, or PHP settings of before. */
export function outdatedUnits(): string[] {
  const system = read('/proc/stat')
  const found = new Set<string>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const group = read(`/proc/${pid}/cgroup`)
    const unit = unitOfGroup(group)
    if (!unit || found.has(unit) || !isKnown(unit) || isPlaceholder(unit, group)) continue
    if (isReplaced(pid) || isBefore(pid, system)) found.add(unit)
  }
  return [...found].sort()
}

/** The process that only holds the place of an app's control group (install/systemd/hosting-panel-app@.service). */
const isPlaceholder = (unit: string, group: string): boolean =>
  unit.startsWith('hosting-panel-app@') && !group.trimEnd().endsWith('/app')

const isReplaced = (pid: string): boolean => replacedFiles(read(`/proc/${pid}/maps`)).length > 0 || isOldNode(pid)

/** Whether a process runs a release of Node that its version's link leads to no more. */
function isOldNode(pid: string): boolean {
  const program = linkOf(`/proc/${pid}/exe`)
  const [, directory] = new RegExp(`^${paths.node}/([^/]+)/`).exec(program) ?? []
  if (directory === undefined) return false
  return !readdirSync(paths.node).some(
    (name) => name !== directory && realOf(`${paths.node}/${name}`) === `${paths.node}/${directory}`,
  )
}

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
const realOf = (path: string): string => {
  try {
    return realpathSync(path)
  } catch {
    return ''
  }
}

/** Whether a PHP master began before its version's settings or extensions last changed. */
function isBefore(pid: string, system: string): boolean {
  const version = masterOf(read(`/proc/${pid}/cmdline`))?.version
  return version !== undefined && beganAt(read(`/proc/${pid}/stat`), system) < settingsOf(version)
}

/**
 * When the settings of a PHP version changed last (ms since 1970); their packages give files older times. A time that
 * is still to come would have every master begin before it.
 */
function settingsOf(version: string): number {
  const directory = `/etc/php/${version}/fpm`
  const conf = `${directory}/conf.d`
  if (!existsSync(conf)) return 0
  const files = [`${directory}/php.ini`, conf, ...readdirSync(conf).map((name) => `${conf}/${name}`)]
  const changed = files.map((file) => statSync(file, { throwIfNoEntry: false })?.ctimeMs ?? 0)
  return Math.max(...changed.map((at) => believed(at, Date.now())))
}
