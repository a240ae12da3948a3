import { ADMINER_USER, adminerDirectories, adminerMaster } from '../../drivers/adminer/names.ts'
import { renderAdminerPool } from '../../drivers/adminer/pool.conf.ts'
import type { Facts } from '../../drivers/facts.ts'
import { renderEnvironment } from '../../drivers/php-fpm/pool.conf.ts'
import { paths } from '../../model/paths.ts'
import { phpVersion, type PhpVersion } from '../../model/sites/schema.ts'
import type { Access, Resource } from '../resources/resource.ts'

/**
 * Adminer's PHP-FPM master, on the newest PHP there is; nothing of it where Adminer or PHP is not installed. nginx has
 * its server either way, and says then that nobody answers. Pure.
 */
export function describeAdminer(facts: Facts): Resource[] {
  const version = facts.adminer ? facts.phpVersions.at(-1) : undefined
  return [
    ...(version ? [...directories(), ...master(version, facts)] : noMaster(facts)),
    ...phpVersion.options.filter((other) => other !== version).map((other) => noPool(other, facts)),
  ]
}

const directories = (): Resource[] => [
  { kind: 'directory', name: paths.adminerData, state: { owner: 'root', group: ADMINER_USER, mode: 0o750 } },
  ...Object.values(adminerDirectories).map((name): Resource => ({
    kind: 'directory',
    name,
    state: { owner: ADMINER_USER, group: ADMINER_USER, mode: 0o700, contents: 'u=rwX,go=' },
  })),
]

const rootFile: Access = { owner: 'root', group: 'root', mode: 0o644 }

function master(version: PhpVersion, facts: Facts): Resource[] {
  const php = adminerMaster(version)
  const pool = { ...rootFile, content: renderAdminerPool(version, facts) }
  if (!facts.systemd) return [{ kind: 'file', name: php.sharedMasterPool, state: pool }]
  return [
    { kind: 'file', name: php.pool, state: { ...pool, group: ADMINER_USER, mode: 0o640 } },
    {
      kind: 'file',
      name: php.environment,
      state: { ...rootFile, content: renderEnvironment({ phpVersion: version }) },
    },
    { kind: 'link', name: php.enabledLink, state: { target: php.socketTemplate } },
    { kind: 'unit', name: php.socketUnit, state: {} },
  ]
}

function noMaster({ systemd }: Facts): Resource[] {
  if (!systemd) return []
  const php = adminerMaster(phpVersion.options[0])
  return [
    { kind: 'unit', name: php.socketUnit, state: null },
    { kind: 'link', name: php.enabledLink, state: null },
    { kind: 'file', name: php.environment, state: null },
  ]
}

function noPool(version: PhpVersion, { systemd }: Facts): Resource {
  const php = adminerMaster(version)
  return { kind: 'file', name: systemd ? php.pool : php.sharedMasterPool, state: null }
}
