import { describe, expect, it } from 'vitest'
import { PanelError } from '../../../lib/model/errors.ts'
import { explainImport, type Outcome } from '../../../lib/drivers/mariadb/explain-import.ts'
import { pipeline } from '../../../lib/system/pipeline.ts'
import { explainServer } from '../../../lib/drivers/mariadb/explain.ts'

const token = '0123456789abcdef01234567'
const well = { code: 0, said: '' }
const whole: Outcome = { database: 'shop', ended: [well, well, well], token, stdout: `1\n${token}\n`, cancelled: false }
const client = (said: string, code = 1): Partial<Outcome> => ({
  ended: [
    { code: 141, said: '' },
    { code: 141, said: '' },
    { code, said },
  ],
  stdout: '',
})

function refusalOf(change: Partial<Outcome>): PanelError {
  try {
    explainImport({ ...whole, ...change })
  } catch (error) {
    return error as PanelError
  }
  throw new Error('it was taken for whole')
}
const told = (change: Partial<Outcome>) => {
  const { code, status, message } = refusalOf(change)
  return [code, status, message]
}

it('an import whose last line was answered is whole', () => {
  expect(() => explainImport(whole)).not.toThrow()
  expect(() => explainImport({ ...whole, ended: [well, well, { code: 0, said: 'Warning: something' }] })).not.toThrow()
})

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

describe('an import that is cut off', () => {
  const cutOff = ['dump_truncated', 422, 'The file is cut off: it ends in the middle of a statement. Export it again']
  it('in a statement', () => expect(told({ stdout: '' })).toEqual(cutOff))
  it('in a string, which the line at the end then closes', () => {
    expect(
      told(
        client(
          'ERROR 1064 (42000) at line 9: You have an error in your SQL syntax; check the manual near ' +
            `'${token}' at line 1`,
        ),
      ),
    ).toEqual(cutOff)
    expect(
      told(
        client(
          'ERROR 1064 (42000) at line 9: You have an error in your SQL syntax; check the manual near ' +
            `'${token.slice(4)}' at line 1`,
        ),
      ),
      'MariaDB leaves out what was before',
    ).toEqual(cutOff)
  })
  it('but not by what only looks like the line at the end', () => {
    expect(
      told(client("ERROR 1064 (42000) at line 9: You have an error in your SQL syntax near 'abcdef' at line 1"))[0],
    ).toBe('dump_failed')
    expect(
      told(client("ERROR 1064 (42000) at line 9: You have an error in your SQL syntax near '' at line 1"))[0],
    ).toBe('dump_failed')
  })
  it('in what is compressed', () => {
    expect(told({ ended: [{ code: 1, said: 'gzip: stdin: unexpected end of file' }, well, well] })).toEqual([
      'dump_truncated',
      422,
      'The file is cut off or damaged: gzip: stdin: unexpected end of file. Export it again',
    ])
    expect(told({ ended: [{ code: 137, said: '' }, well, well] })).toEqual([
      'dump_truncated',
      422,
      'The file is cut off or damaged: exit code 137. Export it again',
    ])
  })
})

describe('an import that ends otherwise', () => {
  it('as somebody cancelled it, however far it was', () => {
    expect(told({ cancelled: true })).toEqual(['cancelled', 409, 'The import was cancelled'])
    expect(told({ ...client('ERROR 1062 (23000) at line 3: Duplicate entry'), cancelled: true })[0]).toBe('cancelled')
  })
  it('as it has a command of the client’s', () => {
    expect(told(client("ERROR at line 3: Unknown command '\\!'."))).toEqual([
      'dump_refused',
      422,
      "The dump contains a command of the mariadb client, which is refused (line 3: Unknown command '\\!'.)",
    ])
  })
  it('as there is no connection', () => {
    for (const errno of [1040, 1203])
      expect(told(client(`ERROR ${errno} (08004): Too many connections`))).toEqual([
        'mariadb_busy',
        503,
        'All of MariaDB’s connections are in use. Try again in a moment',
      ])
    expect(told(client("ERROR 2002 (HY000): Can't connect to local server"))).toEqual([
      'mariadb_down',
      503,
      "MariaDB refuses the connection (Can't connect to local server). Look at: systemctl status mariadb",
    ])
    expect(told(client('ERROR 1045 (28000): Access denied for user'))[0]).toBe('mariadb_down')
  })
  it('as the client was killed', () => {
    expect(told(client('', 137))).toEqual(['import_failed', 503, 'The import was ended (exit code 137). Try again'])
    expect(told(client('Out of memory', 1))).toEqual([
      'import_failed',
      503,
      'The import was ended (Out of memory). Try again',
    ])
  })
  it('as the filter cannot read it', () => {
    expect(
      told({ ended: [well, { code: 3, said: '' }, { code: 1, said: 'ERROR 1064 (42000) at line 1: syntax' }] }),
    ).toEqual(['not_a_dump', 422, 'The file has a line of hundreds of megabytes, so it is not a database dump'])
    expect(told({ ended: [well, { code: 1, said: 'Out of memory!' }, well] })[0]).toBe('not_a_dump')
    expect(told({ ended: [{ code: 141, said: '' }, well, well] })[0], 'also where it ends without a word').toBe(
      'not_a_dump',
    )
  })
})

describe('what the server says', () => {
  const of = (error: object) => explainServer(error) as PanelError
  const down = 'MariaDB does not answer. Look at: systemctl status mariadb'
  it.each([
    'ENOENT',
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'PROTOCOL_CONNECTION_LOST',
    'ER_SERVER_SHUTDOWN',
  ])('%s: it does not answer', (code) => {
    expect(of({ code, errno: -2 })).toMatchObject({ code: 'mariadb_down', status: 503, message: down })
  })
  it.each<[number, string, number]>([
    [1040, 'mariadb_busy', 503],
    [1203, 'mariadb_busy', 503],
    [1698, 'mariadb_refuses_root', 503],
    [1045, 'mariadb_refuses_root', 503],
    [3, 'mariadb_full', 507],
    [28, 'mariadb_full', 507],
    [1021, 'mariadb_full', 507],
    [1114, 'mariadb_full', 507],
    [1290, 'mariadb_read_only', 503],
    [1836, 'mariadb_read_only', 503],
  ])('%i: %s', (errno, code, status) => {
    const refusal = of(Object.assign(new Error('said'), { errno, code: 'ER_X' }))
    expect(refusal).toBeInstanceOf(PanelError)
    expect(refusal).toMatchObject({ code, status })
  })
  it('anything else in its own words, with its number', () => {
    expect(
      of(Object.assign(new Error('Operation DROP USER failed'), { errno: 1396, code: 'ER_CANNOT_USER' })),
    ).toMatchObject({
      code: 'mariadb_failed',
      status: 500,
      message: 'MariaDB refused: Operation DROP USER failed',
      details: { errno: 1396 },
    })
  })
  it('and what is not of its making stays what it is', () => {
    const [bug, refusal] = [
      new TypeError('undefined is not a function'),
      PanelError.relay({ code: 'x', status: 400, message: 'y' }),
    ]
    expect([explainServer(bug), explainServer(refusal)]).toEqual([bug, refusal])
  })
})
