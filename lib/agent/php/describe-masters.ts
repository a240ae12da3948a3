import type { Facts } from '../../drivers/facts.ts'
import type { Resource } from '../resources/resource.ts'

const directory = (name: string, mode: number): Resource => ({
  kind: 'directory',
  name,
  state: { owner: 'root', group: 'root', mode },
})

/** Where the sites' own masters are configured, and where systemd finds their sockets at boot. Pure. */
export const describeMasters = (facts: Facts): Resource[] =>
  facts.systemd
    ? [
        directory('/etc/systemd/system/sockets.target.wants', 0o755),
        ...facts.phpVersions.map((version) => directory(`/etc/php/${version}/fpm/sites`, 0o711)),
      ]
    : []
