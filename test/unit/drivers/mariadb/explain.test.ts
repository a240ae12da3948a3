import { describe, expect, it } from 'vitest'
import { PanelError } from '../../../../lib/model/errors.ts'
import { explainServer } from '../../../../lib/drivers/mariadb/explain.ts'

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
