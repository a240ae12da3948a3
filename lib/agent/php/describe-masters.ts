import type { Facts } from '../../drivers/facts.ts'
import { paths } from '../../model/paths.ts'
import { WEB_USER } from '../../model/sites/names.ts'
import type { Resource } from '../resources/resource.ts'

const directory = (name: string, group: string, mode: number): Resource => ({
  kind: 'directory',
  name,
  state: { owner: 'root', group, mode },
})

/** Where the sites' own masters are configured, and where systemd finds their sockets at boot. Pure. */
export const describeMasters = (facts: Facts): Resource[] => [
  ...(facts.systemd
    ? [
        directory('/etc/systemd/system/sockets.target.wants', 'root', 0o755),
        // Each pool is readable by its site's group. nginx is in all these groups, so it may not enter.
        ...facts.phpVersions.map((version) => directory(`/etc/php/${version}/fpm/sites`, WEB_USER, 0o701)),
      ]
    : []),
  ...describePrograms(facts),
]

/** Each version's `php` in a folder of its own, which a site's commands have in PATH. */
const describePrograms = ({ phpVersions }: Facts): Resource[] => [
  directory(paths.phpPrograms, 'root', 0o755),
  ...phpVersions.flatMap((version): Resource[] => [
    directory(`${paths.phpPrograms}/${version}`, 'root', 0o755),
    { kind: 'link', name: `${paths.phpPrograms}/${version}/php`, state: { target: `/usr/bin/php${version}` } },
  ]),
]
