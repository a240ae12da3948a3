import type { Grant } from '../../../../lib/model/databases/schema.ts'
import { describe, expect, it } from 'vitest'
import { grantTo, parseConnections, parseGrants } from '../../../../lib/drivers/mariadb/statements.ts'

describe('what SHOW GRANTS says', () => {
  const login =
    "GRANT USAGE ON *.* TO `ann`@`localhost` IDENTIFIED BY PASSWORD '*14E65567ABDB5135D0CFD9A70B3032C179A49EE7'"
  /** As MariaDB repeats a grant that was made. */
  const shown = (database: string, grant: Grant, full = false) =>
    grantTo('ann', database, { grant, full }).replaceAll("'", '`')

  it.each(['read', 'write', 'all'] as const)('is the grant that was made: %s', (grant) => {
    for (const database of ['shop', 'a_b', 'A-1', '_', '%', 'a\\b', 'a`b', 'x'.repeat(64)])
      expect(parseGrants([login, shown(database, grant)], 'ann')).toEqual({ database, grant, full: false })
  })

  it.each(['write', 'all'] as const)('is the grant while the database is full: %s', (grant) => {
    expect(parseGrants([login, shown('shop', grant, true)], 'ann')).toEqual({ database: 'shop', grant, full: true })
  })

  it('tells how many connections there may be', () => {
    const limited = [`${login} WITH MAX_USER_CONNECTIONS 15`, shown('shop', 'all')]
    expect(parseConnections(limited)).toBe(15)
    expect(parseGrants(limited, 'ann')).toEqual({ database: 'shop', grant: 'all', full: false })
    expect(parseConnections([login, shown('shop', 'all')])).toBe(0)
  })

  it('is read in older quotes, and whatever the order', () => {
    expect(
      parseGrants([login.replaceAll('`', "'"), "GRANT SHOW VIEW, SELECT ON `shop`.* TO 'ann'@'localhost'"], 'ann'),
    ).toEqual({ database: 'shop', grant: 'read', full: false })
    expect(
      parseGrants(
        [
          'GRANT LOCK TABLES, SELECT, INSERT, UPDATE, DELETE, CREATE TEMPORARY TABLES, EXECUTE, SHOW VIEW ON ' +
            '`shop`.* TO `ann`@`localhost`',
          login,
        ],
        'ann',
      ),
    ).toEqual({ database: 'shop', grant: 'write', full: false })
  })

  it.each<[string, string[]]>([
    ['nothing', [login]],
    ['no line at all', []],
    ['one right more', [login, 'GRANT SELECT, SHOW VIEW, INSERT ON `shop`.* TO `ann`@`localhost`']],
    ['one right fewer', [login, 'GRANT SELECT ON `shop`.* TO `ann`@`localhost`']],
    ['the right to give it on', [login, 'GRANT ALL PRIVILEGES ON `shop`.* TO `ann`@`localhost` WITH GRANT OPTION']],
    ['the right to give everything on', [`${login} WITH GRANT OPTION`, shown('shop', 'all')]],
    ['a limit by hand', [`${login} WITH MAX_QUERIES_PER_HOUR 1`, shown('shop', 'all')]],
    [
      'a limit by hand beside that of connections',
      [`${login} WITH MAX_QUERIES_PER_HOUR 1 MAX_USER_CONNECTIONS 15`, shown('shop', 'all')],
    ],
    ['a certificate by hand', [`${login} REQUIRE SSL`, shown('shop', 'all')]],
    ['a second database', [login, shown('shop', 'all'), shown('blog', 'all')]],
    [
      'a table of another database',
      [login, shown('shop', 'all'), 'GRANT SELECT ON `blog`.`posts` TO `ann`@`localhost`'],
    ],
    ['one table alone', [login, 'GRANT SELECT, SHOW VIEW ON `shop`.`posts` TO `ann`@`localhost`']],
    ['everything there is', [login.replace('USAGE', 'ALL PRIVILEGES')]],
    ['everything there is, and a database', [login.replace('USAGE', 'SUPER'), shown('shop', 'all')]],
    ['a role', ['GRANT `boss` TO `ann`@`localhost`', login, shown('shop', 'all')]],
    ['a default role', [login, shown('shop', 'all'), 'SET DEFAULT ROLE `boss` FOR `ann`@`localhost`']],
    ['another account', [login, 'GRANT ALL PRIVILEGES ON `shop`.* TO `bob`@`localhost`']],
    ['the same name from elsewhere', [login, 'GRANT ALL PRIVILEGES ON `shop`.* TO `ann`@`%`']],
    ['a name that goes on', [login, 'GRANT ALL PRIVILEGES ON `shop`.* TO `ann`@`localhost`.evil']],
  ])('was changed by hand: %s', (_, lines) => expect(parseGrants(lines, 'ann')).toBeNull())
})
