import { siteSpec } from '../_site-spec.ts'

export const MARK = 'attack_from_the_store'
export const spec = siteSpec({ domain: 'stored.test' })
/** Rows of sites that no panel writes. */
export const hostile: [string, object][] = [
  ['a path for a domain', { ...spec, domain: '../../tmp/pwned-store' }],
  ['a directive in an alias', { ...spec, aliases: [`a.test;\n${MARK} on`] }],
  ['a directive in a limit', { ...spec, bodyLimitMb: `1m; ${MARK} 1` }],
  [
    'a command in a proxy’s address',
    { ...spec, runtime: 'proxy', proxyTo: `http://127.0.0.1:1;\n${MARK};$(touch /tmp/pwned-store)` },
  ],
  [
    'a directive in PHP’s time zone',
    {
      ...spec,
      runtime: 'php',
      phpVersion: '8.2',
      phpSettings: { ...spec.phpSettings, timezone: `UTC\nphp_admin_value[auto_prepend_file] = /${MARK}` },
    },
  ],
  [
    'a directive in a certificate’s name',
    { ...spec, certificate: { id: '0'.repeat(32), names: [`a.test;\n${MARK} on`] } },
  ],
  ['a path for a certificate', { ...spec, certificate: { id: `../../../tmp/${MARK}`, names: ['stored.test'] } }],
  ['a path for a PHP version', { ...spec, runtime: 'php', phpVersion: '../../../tmp' }],
  [
    'a directive in a cookie’s name',
    {
      ...spec,
      runtime: 'proxy',
      proxyTo: 'http://192.0.2.1',
      cache: { redis: null, page: { minutes: 1, byDevice: false, bypassCookies: [`a";\n${MARK} on`] }, scripts: true },
    },
  ],
  [
    'a rule of Redis in a password’s hash',
    { ...spec, cache: { redis: { hash: `${'0'.repeat(64)} ~* +@all\nuser ${MARK}` }, page: null, scripts: true } },
  ],
  ['a command in a limit of disk', { ...spec, diskMb: '1 0 0 /; touch /tmp/pwned-store' }],
  ['an option for a domain', { ...spec, domain: '-h' }],
  ['no site at all', { ...spec, runtime: { toString: 'x' }, domain: 7 }],
]

const user = { username: 'stored', grant: 'all', hash: `*${'0'.repeat(40)}`, createdAt: 'x' }
export const hostileDatabases: [string, object][] = [
  ['a statement for a name', { name: `x\`; CREATE DATABASE ${MARK}; --`, charset: 'utf8mb4', full: false, users: [] }],
  ['a path for a name', { name: '../../tmp/pwned-store', charset: 'utf8mb4', full: false, users: [] }],
  ['an option for a name', { name: '--init-command=x', charset: 'utf8mb4', full: false, users: [] }],
  ['MariaDB’s own for a name', { name: 'mysql', charset: 'utf8mb4', full: false, users: [user] }],
  [
    'a statement for a character set',
    { name: 'stored', charset: `utf8mb4; CREATE DATABASE ${MARK}`, full: false, users: [] },
  ],
  [
    'a host in a user’s name',
    { name: 'stored', charset: 'utf8mb4', full: false, users: [{ ...user, username: `${MARK}'@'%` }] },
  ],
  ['root for a user', { name: 'stored', charset: 'utf8mb4', full: false, users: [{ ...user, username: 'root' }] }],
  [
    'a statement for a hash',
    { name: 'stored', charset: 'utf8mb4', full: false, users: [{ ...user, hash: `x'; CREATE DATABASE ${MARK}; --` }] },
  ],
  [
    'a grant of everything',
    { name: 'stored', charset: 'utf8mb4', full: false, users: [{ ...user, grant: 'all ON *.* TO x; --' }] },
  ],
]
