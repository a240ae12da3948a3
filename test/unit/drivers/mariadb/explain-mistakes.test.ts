import { describe, expect, it } from 'vitest'
import { pipeline } from '../../../../lib/system/pipeline.ts'
import { client, token, told } from './_outcome.ts'

describe('an import that MariaDB refuses', () => {
  const mistake = (errno: number, said: string, line = 7) =>
    client(`--------------\nERROR ${errno} (42000) at line ${line}: ${said}`)
  it.each<[number, string, string, number, string]>([
    [
      1044,
      "Access denied for user 'x'@'localhost' to database 'blog'",
      'dump_refused',
      422,
      'The dump names another database than shop, which is refused (line 7: Access denied for user ' +
        "'x'@'localhost' to database 'blog'). Export it without USE and CREATE DATABASE (mysqldump without " +
        '--databases)',
    ],
    [
      1049,
      "Unknown database 'blog'",
      'dump_refused',
      422,
      "The dump names another database than shop, which is refused (line 7: Unknown database 'blog'). " +
        'Export it without USE and CREATE DATABASE (mysqldump without --databases)',
    ],
    ...(
      [
        [1045, 'Access denied'],
        [1142, 'CREATE command denied'],
        [1227, 'you need the SUPER privilege'],
        [1370, 'execute command denied'],
        [1410, 'You are not allowed to create a user with GRANT'],
      ] as [number, string][]
    ).map(([errno, said]): [number, string, string, number, string] => [
      errno,
      said,
      'dump_refused',
      422,
      'The dump needs rights that a database’s own account does not have: accounts, grants and settings belong ' +
        `to the server (line 7: ${said}). Remove that statement`,
    ]),
    ...[1021, 1114, 3].map((errno): [number, string, string, number, string] => [
      errno,
      'The table is full',
      'mariadb_full',
      507,
      'The disk of MariaDB is full (line 7: The table is full). Free some space and try again',
    ]),
    [
      1153,
      "Got a packet bigger than 'max_allowed_packet' bytes",
      'dump_refused',
      422,
      "The dump has a statement of more than 256 MB (line 7: Got a packet bigger than 'max_allowed_packet' " +
        'bytes). Export it with smaller ones (--net-buffer-length)',
    ],
    ...[2006, 2013].map((errno): [number, string, string, number, string] => [
      errno,
      'Lost connection',
      'mariadb_down',
      503,
      'MariaDB ended in the middle of the import (line 7: Lost connection). Look at: systemctl status mariadb',
    ]),
    [
      1064,
      "You have an error in your SQL syntax near 'SELEC 1' at line 1",
      'dump_failed',
      422,
      "MariaDB refuses the dump (line 7: You have an error in your SQL syntax near 'SELEC 1' at line 1)",
    ],
    [
      1062,
      "Duplicate entry '1' for key 'PRIMARY'",
      'dump_failed',
      422,
      "MariaDB refuses the dump (line 7: Duplicate entry '1' for key 'PRIMARY')",
    ],
  ])('with %i: %s', (errno, said, code, status, message) =>
    expect(told(mistake(errno, said))).toEqual([code, status, message]),
  )

  it('is told by its mistake, whatever the others say of their broken pipes', () => {
    for (const said of [
      'gzip: stdout: Broken pipe',
      'cat: write error: Connection reset by peer',
      'zstd: error 70 : Write error : cannot write block : Connection reset by peer',
    ])
      expect(
        told({
          ended: [
            { code: 1, said },
            { code: 4, said: 'sed: couldn’t flush stdout' },
            { code: 1, said: 'ERROR 1062 (23000) at line 3: Duplicate entry' },
          ],
          stdout: token,
        })[0],
        said,
      ).toBe('dump_failed')
  })

  it('is told so also where real programs lose their reader in the middle', async () => {
    const client = "console.error('ERROR 1062 (23000) at line 3: Duplicate entry'); process.exit(1)"
    const { ended, stdout } = await pipeline(
      [
        { argv: ['yes', 'INSERT INTO a VALUES (1);'] },
        { argv: ['sed', '-E', 's/a/b/'] },
        { argv: [process.execPath, '-e', client] },
      ],
      {},
    )
    expect(ended[0]!.code).not.toBe(0)
    expect(told({ ended, stdout })[0]).toBe('dump_failed')
  })
})
