import { describe, expect, it } from 'vitest'
import { compress, decompress, dump, importDump, prepareDump } from '../../../../lib/drivers/mariadb/commands.ts'
import { FILTER } from '../../../../lib/drivers/mariadb/filter.ts'

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
