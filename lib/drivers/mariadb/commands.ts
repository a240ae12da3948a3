import type { Compression } from '../../model/databases/schema.ts'
import { paths } from '../../model/paths.ts'
import type { Argv } from '../../system/run.ts'
import { FILTER } from './filter.ts'

/** Users for dumps and for imports: neither is root, and neither is the other. */
export const DUMPER = 'hosting-panel-dump'
export const IMPORTER = 'hosting-panel-import'

/**
 * A command as another user, with no way to more, which ends with the agent however that ends; memory bounded (bytes).
 */
const as = (user: string, memory: number, command: Argv): Argv => [
  'setpriv',
  `--reuid=${user}`,
  `--regid=${user}`,
  '--clear-groups',
  '--no-new-privs',
  '--bounding-set=-all',
  '--pdeathsig=KILL',
  '--',
  'prlimit',
  `--as=${memory}`,
  '--core=0',
  '--',
  ...command,
]

const MB = 1024 * 1024

/** The largest row there may be, which both ends hold in memory. */
const PACKET = '--max-allowed-packet=256M'

/** Writes a database to standard output as one moment saw it; on standard error it names each table as it begins. */
export const dump = (database: string): Argv =>
  as(DUMPER, 1024 * MB, [
    'mariadb-dump',
    '--no-defaults',
    `--socket=${paths.mariadbSocket}`,
    `--user=${DUMPER}`,
    '--default-character-set=utf8mb4',
    PACKET,
    '--single-transaction',
    '--quick',
    '--skip-lock-tables',
    '--no-tablespaces',
    '--routines',
    '--triggers',
    '--events',
    '--verbose',
    '--',
    database,
  ])

/** Compresses standard input to standard output; null: as it is. */
export const compress = (compression: Compression): Argv | null =>
  compression === 'none'
    ? null
    : as(DUMPER, 512 * MB, compression === 'gzip' ? ['gzip', '-c', '-4'] : ['zstd', '-c', '-q', '-3'])

/** The other way; a window larger than zstd's own default is refused. */
export const decompress = (compression: Exclude<Compression, 'none'>): Argv =>
  as(IMPORTER, 512 * MB, compression === 'gzip' ? ['gzip', '-d', '-c'] : ['zstd', '-d', '-c', '-q'])

/** The longest line of a dump (bytes): one row fits, and both ends of the client's pipe hold a line in memory. */
const LONGEST_LINE = 300_000_000

/** Ends what the dump has left open, and asks a question whose answer says that all was read. */
export const lastLine = (token: string): string => `;\nSELECT '${token}';\n`

/**
 * Filters a dump (`filter.ts`). The line it adds at the end is answered only when the client is neither in a string nor
 * in a comment by then: a dump that was cut off is noticed.
 */
export const prepareDump = (token: string, collations: Readonly<Record<string, string>>): Argv =>
  as(IMPORTER, 256 * MB, [
    'perl',
    '-e',
    FILTER,
    '--',
    lastLine(token),
    String(LONGEST_LINE),
    Object.entries(collations)
      .map(([from, to]) => `${from}=${to}`)
      .join(' '),
  ])

/**
 * Carries a dump out as the account whose password is in the file. Its own commands are off (`\! id` is none to a
 * client in binary mode but DELIMITER), it reads no file of this server, and ends at the first error.
 */
export const importDump = (database: string, passwordFile: string): Argv =>
  as(IMPORTER, 1024 * MB, [
    'mariadb',
    `--defaults-file=${passwordFile}`,
    `--socket=${paths.mariadbSocket}`,
    '--default-character-set=utf8mb4',
    PACKET,
    '--binary-mode',
    '--local-infile=0',
    '--batch',
    '--skip-column-names',
    '--unbuffered',
    '--',
    database,
  ])

/** Tells a configuration's mistakes without starting. */
export const checkSettings = (): Argv => ['mariadbd', '--user=mysql', '--help', '--verbose']
