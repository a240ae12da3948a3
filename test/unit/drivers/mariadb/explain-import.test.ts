import { describe, expect, it } from 'vitest'
import { explainImport } from '../../../../lib/drivers/mariadb/explain-import.ts'
import { client, token, told, well, whole } from './_outcome.ts'

it('an import whose last line was answered is whole', () => {
  expect(() => explainImport(whole)).not.toThrow()
  expect(() => explainImport({ ...whole, ended: [well, well, { code: 0, said: 'Warning: something' }] })).not.toThrow()
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
