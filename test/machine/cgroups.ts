import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Where systemd's own hierarchy may be: cgroup2 alone, cgroup2 beside the older ones, and the older one by name. */
const mounts = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd']

/**
 * Makes control groups for a machine alone, below this process's own, and answers their directories. Machines that
 * start in one group share its name inside (`/payload`), and the systemd of one ends and removes the other's services.
 */
export async function makeGroups(name: string): Promise<string[]> {
  const own = await readFile('/proc/self/cgroup', 'utf8')
  const groups: string[] = []
  for (const mount of mounts.filter((each) => existsSync(join(each, 'cgroup.procs')))) {
    const path = (mount.endsWith('/systemd') ? /^\d+:name=systemd:(.*)$/m : /^0::(.*)$/m).exec(own)?.[1]
    if (path === undefined) continue
    const group = join(mount, path, `hosting-panel-test-${name}`)
    await mkdir(group, { recursive: true })
    groups.push(group)
  }
  return groups
}

/** Removes a machine's groups once it has ended; what a process still holds stays. */
export async function removeGroups(groups: readonly string[]): Promise<void> {
  for (const group of groups) await removeBelow(group).catch(() => undefined)
}

async function removeBelow(group: string): Promise<void> {
  const entries = await readdir(group, { withFileTypes: true })
  for (const entry of entries) if (entry.isDirectory()) await removeBelow(join(group, entry.name))
  await rmdir(group)
}

/** A command line that runs another one in these groups. */
export const inGroups = (groups: readonly string[], argv: readonly string[]): string[] => [
  'sh',
  '-c',
  'for group in $0; do echo $$ >"$group/cgroup.procs" || exit; done; exec "$@"',
  groups.join(' '),
  ...argv,
]
