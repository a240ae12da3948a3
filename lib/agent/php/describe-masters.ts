import type { Facts } from '../../drivers/facts.ts'
import { paths } from '../../model/paths.ts'
import type { Resource } from '../resources/resource.ts'

const directory = (name: string, mode: number): Resource => ({
  kind: 'directory',
  name,
  state: { owner: 'root', group: 'root', mode },
})

/** Where the sites' own masters are configured, and where systemd finds their sockets at boot. Pure. */
export const describeMasters = (facts: Facts): Resource[] => [
  ...(facts.systemd
    ? [
        directory('/etc/systemd/system/sockets.target.wants', 0o755),
        ...facts.phpVersions.map((version) => directory(`/etc/php/${version}/fpm/sites`, 0o711)),
      ]
    : []),
  ...describePrograms(facts),
]

/** Each version's `php` in a folder of its own, which a site's commands have in PATH. */
const describePrograms = ({ phpVersions }: Facts): Resource[] => [
  directory(paths.phpPrograms, 0o755),
  ...phpVersions.flatMap((version): Resource[] => [
    directory(`${paths.phpPrograms}/${version}`, 0o755),
    { kind: 'link', name: `${paths.phpPrograms}/${version}/php`, state: { target: `/usr/bin/php${version}` } },
  ]),
]
