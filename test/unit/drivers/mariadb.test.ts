import type { Grant } from '../../../lib/model/databases/schema.ts'
import { describe, expect, it } from 'vitest'
import { passwordHash } from '../../../lib/model/databases/password.ts'
import {
  checkSettings,
  compress,
  decompress,
  dump,
  importDump,
  prepareDump,
} from '../../../lib/drivers/mariadb/commands.ts'
import { FILTER } from '../../../lib/drivers/mariadb/filter.ts'
import { deriveDatabaseAccount } from '../../../lib/drivers/mariadb/database-account.ts'
import { renderSettings, sizes } from '../../../lib/drivers/mariadb/settings.conf.ts'
import {
  account,
  alterDatabase,
  createDatabase,
  createDumper,
  createUsers,
  dropDatabase,
  dropUser,
  endConnections,
  grantTo,
  identifier,
  limitConnections,
  parseConnections,
  parseGrants,
  revokeAll,
  setPassword,
} from '../../../lib/drivers/mariadb/statements.ts'

const settings = (
  connections: number,
  pool: number,
  log: number,
) => `# Written by the hosting panel, which puts changes here back. \
Your own settings: a file in this directory that sorts after it.
[mysqld]
bind-address = 127.0.0.1
local_infile = OFF
symbolic-links = OFF
performance_schema = OFF
max_connections = ${connections}
connect_timeout = 5
innodb_buffer_pool_size = ${pool}M
innodb_log_file_size = ${log}M
innodb_flush_method = O_DIRECT
max_allowed_packet = 256M
table_open_cache = 2000
thread_cache_size = 16
tmp_table_size = 32M
max_heap_table_size = 32M
character_set_server = utf8mb4
`

describe('the settings', () => {
  it('on 4 GB, also as such a machine counts its memory', () => {
    expect(renderSettings(4096)).toBe(settings(400, 512, 128))
    expect(renderSettings(3915)).toBe(settings(400, 512, 128))
  })
  it('on 2 GB', () => expect(renderSettings(1967)).toBe(settings(400, 256, 64)))
  it.each([
    [400, 128, 400, 30],
    [1024, 128, 400, 30],
    [2048, 256, 400, 30],
    [4096, 512, 400, 30],
    [8192, 1024, 400, 32],
    [16_384, 2048, 800, 60],
    [65_536, 4096, 800, 60],
  ])('%i MB of memory: %i MB for the pool, %i connections, %i for each account', (memory, poolMb, connections, each) =>
    expect(sizes(memory)).toEqual({ poolMb, connections, each }),
  )
  it('keeps the log file as large as MariaDB wants it for a small pool', () =>
    expect(renderSettings(1024)).toBe(settings(400, 128, 64)))
  it('is checked without starting', () =>
    expect(checkSettings()).toEqual(['mariadbd', '--user=mysql', '--help', '--verbose']))
})

const rights = (grant: Grant) => ({ grant, full: false })

describe('statements', () => {
  const hash = passwordHash('secret')

  it('keep a password as MariaDB does', () => expect(hash).toBe('*14E65567ABDB5135D0CFD9A70B3032C179A49EE7'))

  it('about databases', () => {
    expect(createDatabase('shop', 'utf8mb4')).toBe('CREATE DATABASE `shop` CHARACTER SET utf8mb4')
    expect(alterDatabase('shop_1-a', 'latin1')).toBe('ALTER DATABASE `shop_1-a` CHARACTER SET latin1')
    expect(dropDatabase('shop')).toBe('DROP DATABASE IF EXISTS `shop`')
  })

  it('about accounts', () => {
    expect(createUsers([{ username: 'ann', hash }], 'my_shop', rights('all'), 15)).toBe(
      `GRANT ALL PRIVILEGES ON \`my\\_shop\`.* TO 'ann'@'localhost' IDENTIFIED BY PASSWORD '${hash}' WITH ` +
        'MAX_USER_CONNECTIONS 15',
    )
    const two = ['ann', 'bob'].map((username) => ({ username, hash }))
    expect(createUsers(two, 'shop', rights('read'), 0)).toBe(
      `GRANT SELECT, SHOW VIEW ON \`shop\`.* TO 'ann'@'localhost' IDENTIFIED BY PASSWORD '${hash}', ` +
        `'bob'@'localhost' IDENTIFIED BY PASSWORD '${hash}' WITH MAX_USER_CONNECTIONS 0`,
    )
    expect(limitConnections('ann', 7)).toBe(`ALTER USER 'ann'@'localhost' WITH MAX_USER_CONNECTIONS 7`)
    expect(setPassword('ann', hash)).toBe(`ALTER USER 'ann'@'localhost' IDENTIFIED BY PASSWORD '${hash}'`)
    expect(dropUser('ann')).toBe("DROP USER IF EXISTS 'ann'@'localhost'")
    expect(endConnections('ann')).toBe("KILL HARD CONNECTION USER 'ann'@'localhost'")
    expect(revokeAll('ann')).toBe("REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'ann'@'localhost'")
  })

  it('about what an account may', () => {
    expect(grantTo('ann', 'shop', rights('read'))).toBe("GRANT SELECT, SHOW VIEW ON `shop`.* TO 'ann'@'localhost'")
    expect(grantTo('ann', 'shop', rights('write'))).toBe(
      'GRANT SELECT, SHOW VIEW, INSERT, UPDATE, DELETE, EXECUTE, LOCK TABLES, CREATE TEMPORARY TABLES ON ' +
        "`shop`.* TO 'ann'@'localhost'",
    )
    expect(grantTo('ann', 'shop', rights('all'))).toBe("GRANT ALL PRIVILEGES ON `shop`.* TO 'ann'@'localhost'")
  })

  it('about what it may while its database is full: read and remove', () => {
    const full = (grant: Grant) => grantTo('ann', 'shop', { grant, full: true })
    expect(full('read')).toBe("GRANT SELECT, SHOW VIEW ON `shop`.* TO 'ann'@'localhost'")
    expect(full('write')).toBe("GRANT SELECT, SHOW VIEW, DELETE, LOCK TABLES ON `shop`.* TO 'ann'@'localhost'")
    expect(full('all')).toBe("GRANT SELECT, SHOW VIEW, DELETE, LOCK TABLES, DROP ON `shop`.* TO 'ann'@'localhost'")
  })

  it('grant one database alone, and not those whose names `_` and `%` would match too', () => {
    expect(grantTo('ann', 'a_b', rights('all'))).toBe("GRANT ALL PRIVILEGES ON `a\\_b`.* TO 'ann'@'localhost'")
    expect(grantTo('ann', '%', rights('all'))).toBe("GRANT ALL PRIVILEGES ON `\\%`.* TO 'ann'@'localhost'")
    expect(grantTo('ann', 'a\\_b`.*', rights('read'))).toBe(
      "GRANT SELECT, SHOW VIEW ON `a\\\\\\_b``.*`.* TO 'ann'@'localhost'",
    )
  })

  it('double backticks in names', () => {
    expect(identifier('a`b')).toBe('`a``b`')
    expect(dropDatabase('`; DROP DATABASE mysql; --')).toBe('DROP DATABASE IF EXISTS ```; DROP DATABASE mysql; --`')
  })

  it('for who dumps', () => {
    expect(createDumper('hosting-panel-dump')).toEqual([
      "CREATE USER IF NOT EXISTS 'hosting-panel-dump'@'localhost' IDENTIFIED VIA unix_socket",
      'GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES, PROCESS ON *.* TO ' +
        "'hosting-panel-dump'@'localhost' WITH MAX_USER_CONNECTIONS 20",
    ])
  })

  it.each(["'", "a'@'%", '\\', 'a\nb', 'a\0b', 'ä', '\u{1f600}', '\x7f', '’'])(
    'take no name that needs an escape: %j',
    (name) => {
      for (const build of [account, dropUser, endConnections, revokeAll])
        expect(() => build(name)).toThrow('not a plain literal')
      expect(() => createUsers([{ username: name, hash }], 'shop', rights('read'), 1)).toThrow('not a plain literal')
      expect(() => createUsers([{ username: 'ann', hash: name }], 'shop', rights('read'), 1)).toThrow(
        'not a plain literal',
      )
      expect(() => setPassword('ann', name)).toThrow('not a plain literal')
      expect(() => grantTo(name, 'shop', rights('all'))).toThrow('not a plain literal')
    },
  )

  it.each(['$(id)', '`id`', ';}', '-h', '../..', '%', '_', 'a b', 'x'.repeat(80)])(
    'leave the rest as it is, in quotes: %j',
    (name) => expect(account(name)).toBe(`'${name}'@'localhost'`),
  )
})

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

describe('a database’s own account', () => {
  it('is always the same, and another for each database and server', () => {
    const own = deriveDatabaseAccount('shop', 'a'.repeat(64))
    expect(own).toEqual({ username: 'hosting-panel-db-8d9001d32c6a', password: expect.stringMatching(/^[\w-]{43}$/) })
    expect(deriveDatabaseAccount('shop', 'a'.repeat(64))).toEqual(own)
    const others = [deriveDatabaseAccount('Shop', 'a'.repeat(64)), deriveDatabaseAccount('shop2', 'a'.repeat(64))]
    expect(new Set([own, ...others].map(({ username }) => username)).size).toBe(3)
    expect(new Set([own, ...others].map(({ password }) => password)).size).toBe(3)
    expect(deriveDatabaseAccount('shop', 'b'.repeat(64))).toEqual({
      username: own.username,
      password: expect.not.stringMatching(own.password),
    })
  })
  it('has a name that MariaDB takes, whatever the database’s is', () => {
    for (const name of ['x'.repeat(64), "';--", '`', '../', '\u{1f600}']) {
      const { username, password } = deriveDatabaseAccount(name, 'a'.repeat(64))
      expect([username, username.length <= 32, /^[\w-]+$/.test(password)]).toEqual([
        expect.stringMatching(/^hosting-panel-db-[0-9a-f]{12}$/),
        true,
        true,
      ])
    }
  })
})

describe('programs', () => {
  const as = (user: string, bytes: number) => [
    'setpriv',
    `--reuid=${user}`,
    `--regid=${user}`,
    '--clear-groups',
    '--no-new-privs',
    '--bounding-set=-all',
    '--pdeathsig=KILL',
    '--',
    'prlimit',
    `--as=${bytes}`,
    '--core=0',
    '--',
  ]
  const dumper = (mb: number) => as('hosting-panel-dump', mb * 1024 * 1024)
  const importer = (mb: number) => as('hosting-panel-import', mb * 1024 * 1024)

  it('that dump', () => {
    expect(dump('shop')).toEqual([
      ...dumper(1024),
      'mariadb-dump',
      '--no-defaults',
      '--socket=/run/mysqld/mysqld.sock',
      '--user=hosting-panel-dump',
      '--default-character-set=utf8mb4',
      '--max-allowed-packet=256M',
      '--single-transaction',
      '--quick',
      '--skip-lock-tables',
      '--no-tablespaces',
      '--routines',
      '--triggers',
      '--events',
      '--verbose',
      '--',
      'shop',
    ])
    expect(dump('-v').slice(-2), 'a name is never an option').toEqual(['--', '-v'])
  })

  it('that compress, and nothing where nothing is to be', () => {
    expect(compress('none')).toBeNull()
    expect(compress('gzip')).toEqual([...dumper(512), 'gzip', '-c', '-4'])
    expect(compress('zstd')).toEqual([...dumper(512), 'zstd', '-c', '-q', '-3'])
  })

  it('that decompress, as the other user', () => {
    expect(decompress('gzip')).toEqual([...importer(512), 'gzip', '-d', '-c'])
    expect(decompress('zstd')).toEqual([...importer(512), 'zstd', '-d', '-c', '-q'])
  })

  it('that filter, and close with the token', () => {
    expect(prepareDump('0123456789abcdef01234567', { a: 'b', c: 'd' })).toEqual([
      ...importer(256),
      'perl',
      '-e',
      FILTER,
      '--',
      ";\nSELECT '0123456789abcdef01234567';\n",
      '300000000',
      'a=b c=d',
    ])
  })

  it('that import', () => {
    expect(importDump('-e', '/run/hosting-panel/import-0.cnf')).toEqual([
      ...importer(1024),
      'mariadb',
      '--defaults-file=/run/hosting-panel/import-0.cnf',
      '--socket=/run/mysqld/mysqld.sock',
      '--default-character-set=utf8mb4',
      '--max-allowed-packet=256M',
      '--binary-mode',
      '--local-infile=0',
      '--batch',
      '--skip-column-names',
      '--unbuffered',
      '--',
      '-e',
    ])
  })
})
