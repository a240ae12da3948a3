import { describe, expect, it } from 'vitest'
import { passwordHash } from '../../../lib/model/databases/password.ts'
import { listAuditEntries } from '../../../lib/panel/store/audit.ts'
import { databaseOf, newDatabases, panelWithMariadb, recorded, stored } from '../_mariadb.ts'
import { at, connection } from './_expected.ts'

describe('users', () => {
  it('are added, changed and removed, and their passwords told once', async () => {
    const { panel, ctx, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'shop' })
    const of = databaseOf(panel, 'shop')
    const made = await of('POST', '/users', { body: { username: 'ann', grant: 'read' } })
    const { password } = made.body.connection as { password: string }
    expect([made.status, made.body]).toEqual([
      201,
      {
        username: 'ann',
        grant: 'read',
        createdAt: at,
        connection: { ...connection('shop', 'ann'), password, url: `mysql://ann:${password}@127.0.0.1:3306/shop` },
      },
    ])
    expect((await of('GET', '/users')).body).toEqual([
      { username: 'ann', grant: 'read', createdAt: at, connection: connection('shop', 'ann') },
    ])
    const rotated = await of('PATCH', '/users/ann', { body: { rotatePassword: true } })
    const again = (rotated.body.connection as { password: string }).password
    expect([rotated.status, rotated.body.grant, again === password, again]).toEqual([
      200,
      'read',
      false,
      expect.stringMatching(/^[A-Za-z0-9]{27}$/),
    ])
    const promoted = await of('PATCH', '/users/ann', { body: { grant: 'write' } })
    expect([promoted.status, promoted.body]).toEqual([
      200,
      { username: 'ann', grant: 'write', createdAt: at, connection: connection('shop', 'ann') },
    ])
    expect((await of('DELETE', '/users/ann')).status).toBe(204)
    const hash = { old: passwordHash(password), now: passwordHash(again) }
    const database = (...users: object[]) => ({ name: 'shop', charset: 'utf8mb4', full: false, users })
    expect(mariadb.asked('databases.apply').slice(1)).toEqual([
      { database: database({ username: 'ann', grant: 'read', hash: hash.old }), gone: [] },
      { database: database({ username: 'ann', grant: 'read', hash: hash.now }), gone: [] },
      { database: database({ username: 'ann', grant: 'write', hash: hash.now }), gone: [] },
      { database: database(), gone: ['ann'] },
    ])
    for (const secret of [password, again, hash.old, hash.now]) expect(recorded(panel)).not.toContain(secret)
    expect(listAuditEntries(ctx.db, 4).map(({ action, ok }) => [action, ok])).toEqual([
      ['database.user.delete', true],
      ['database.user.update', true],
      ['database.user.update', true],
      ['database.user.create', true],
    ])
  })

  it('are planned without a password being made', async () => {
    const { panel, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'shop', user: 'ann' })
    const before = stored(panel)
    mariadb.reset()
    const of = databaseOf(panel, 'shop')
    for (const [method, below, body] of [
      ['POST', '/users?plan=true', { username: 'bob', grant: 'all' }],
      ['PATCH', '/users/ann?plan=true', { rotatePassword: true }],
      ['DELETE', '/users/ann?plan=true'],
    ] as [string, string, object?][]) {
      const answer = await of(method, below, { body })
      expect([answer.status, JSON.stringify(answer.body)]).toEqual([200, expect.not.stringContaining('password')])
    }
    expect([mariadb.order(), stored(panel)]).toEqual([Array(3).fill('databases.plan'), before])
    expect(mariadb.asked('databases.plan').map(({ gone }) => gone)).toEqual([[], [], ['ann']])
  })

  it('that are not there, and grants that are none, are refused', async () => {
    const { panel, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'shop', user: 'ann' }, { name: 'blog', user: 'bob' })
    mariadb.reset()
    const of = databaseOf(panel, 'shop')
    for (const [method, body] of [['PATCH', { grant: 'read' }], ['DELETE']] as [string, object?][]) {
      expect(await of(method, '/users/bob', { body }), 'another database’s user').toMatchObject({
        status: 404,
        body: { code: 'user_not_found' },
      })
      expect(await databaseOf(panel, 'none')(method, '/users/ann', { body })).toMatchObject({
        status: 404,
        body: { code: 'database_not_found' },
      })
    }
    for (const body of [
      { grant: 'ALL' },
      { grant: 'SELECT ON *.*' },
      { rotatePassword: false },
      { password: 'mine' },
      { username: 'zoe' },
    ]) {
      expect(await of('PATCH', '/users/ann', { body }), JSON.stringify(body)).toMatchObject({
        status: 422,
        body: { code: 'invalid_input' },
      })
    }
    expect(mariadb.order()).toEqual([])
  })

  it('are fifty at most', async () => {
    const { panel, ctx } = await panelWithMariadb()
    await newDatabases(panel, { name: 'shop' })
    const users = Array.from({ length: 50 }, (_, i) => ({
      username: `u${i}`,
      grant: 'read',
      hash: passwordHash('x'),
      createdAt: 'x',
    }))
    ctx.db.sqlite
      .prepare('UPDATE databases SET spec = ?')
      .run(JSON.stringify({ name: 'shop', charset: 'utf8mb4', full: false, users }))
    expect(
      await databaseOf(panel, 'shop')('POST', '/users', { body: { username: 'ann', grant: 'read' } }),
    ).toMatchObject({ status: 409, body: { code: 'too_many_users' } })
  })

  it('of one database are changed by one at a time', async () => {
    const { panel, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'shop' })
    let finish!: () => void
    mariadb.answers['databases.apply'] = () => new Promise((resolve) => (finish = () => resolve({ changes: [] })))
    const of = databaseOf(panel, 'shop')
    const going = of('POST', '/users', { body: { username: 'ann', grant: 'all' } })
    await expect.poll(() => finish).toBeDefined()
    expect(await of('POST', '/users', { body: { username: 'bob', grant: 'all' } })).toMatchObject({
      status: 409,
      body: { code: 'database_busy' },
    })
    finish()
    expect((await going).status).toBe(201)
    expect((await of('GET', '/users')).body.map(({ username }: { username: string }) => username)).toEqual(['ann'])
  })
})
