import type { Connection, DatabaseUser, Dump } from '../api/client.ts'

export type Grant = DatabaseUser['grant']

/** Rights of a user, in a person's words. */
export const grantWords: Record<Grant, string> = {
  read: 'may read',
  write: 'may read and change data',
  all: 'may do everything',
}

export const grantHints: Record<Grant, string> = {
  read: 'For reports and other programs that only read.',
  write: 'For a site whose tables exist and do not change.',
  all: 'Can also make and change tables: WordPress and most other programs need this.',
}

/** Why the server keeps a dump. */
export const dumpReasons: Record<Dump['reason'], string> = {
  export: 'Export',
  deleted: 'Of a deleted database',
  'before-import': 'From before an import',
}

export const dumpFormats: Record<Dump['compression'], string> = { none: '.sql', gzip: '.sql.gz', zstd: '.sql.zst' }

/** A database's name makes a good one for its user, as far as MariaDB lets users be called. */
export const userFor = (database: string): string => database.slice(0, 32)

/** A site's domain makes a good name for its database: `shop.example.com` is `shop_example_com`. */
export const nameFor = (domain: string): string =>
  domain
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replace(/^[^A-Za-z]+/, '')
    .slice(0, 32)

export interface Snippet {
  title: string
  text: string
}

/** Lines that people paste into their programs. Passwords are letters and digits alone, so nothing needs quoting. */
export function snippetsOf({ host, port, database, username, password = 'THE_PASSWORD' }: Connection): Snippet[] {
  const url = `mysql://${username}:${password}@${host}:${port}/${database}`
  return [
    {
      title: 'WordPress (wp-config.php)',
      text:
        `define( 'DB_NAME', '${database}' );\ndefine( 'DB_USER', '${username}' );\ndefine( 'DB_PASSWORD', ` +
        `'${password}' );\ndefine( 'DB_HOST', '${host}' );\ndefine( 'DB_CHARSET', 'utf8mb4' );`,
    },
    {
      title: 'PHP (PDO)',
      text:
        `$db = new PDO('mysql:host=${host};port=${port};dbname=${database};charset=utf8mb4', '${username}', ` +
        `'${password}');`,
    },
    {
      title: 'Laravel (.env)',
      text:
        `DB_CONNECTION=mysql\nDB_HOST=${host}\nDB_PORT=${port}\nDB_DATABASE=${database}\n` +
        `DB_USERNAME=${username}\nDB_PASSWORD=${password}`,
    },
    { title: 'Node (mysql2)', text: `import mysql from 'mysql2/promise'\nconst db = mysql.createPool('${url}')` },
  ]
}
