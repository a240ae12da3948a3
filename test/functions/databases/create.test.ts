import { describe, expect, it } from 'vitest'
import { passwordHash } from '../../../lib/model/databases/password.ts'
import { listAuditEntries } from '../../../lib/panel/store/audit.ts'
import { refuse } from '../_agent.ts'
import { databaseOf, newDatabases, panelWithMariadb, recorded, stored } from '../_mariadb.ts'
import { putSite } from '../_users.ts'
import { at, connection, nothingStored } from './_expected.ts'

describe('a new database', () => {
  it('is made with its first user, whose password is in the answer and nowhere else', async () => {
    const { panel, call, ctx, mariadb } = await panelWithMariadb()
    const { status, body } = await call('POST /api/databases', { body: { name: 'shop', user: 'shop_user' } })
    const { password } = body.users[0].connection as { password: string }
    expect(password).toMatch(/^[A-Za-z0-9]{27}$/)
    expect([status, body]).toEqual([
      201,
      {
        name: 'shop',
        charset: 'utf8mb4',
        site: null,
        owner: null,
        state: 'active',
        createdAt: at,
        bytes: 3 * 1024 * 1024,
        tables: [{ name: 'posts', kind: 'table', engine: 'InnoDB', rows: 7, bytes: 16_384 }],
        users: [
          {
            username: 'shop_user',
            grant: 'all',
            createdAt: at,
            connection: {
              ...connection('shop', 'shop_user'),
              password,
              url: `mysql://shop_user:${password}@127.0.0.1:3306/shop`,
            },
          },
        ],
      },
    ])
    expect(mariadb.asked('databases.apply')).toEqual([
      {
        database: {
          name: 'shop',
          charset: 'utf8mb4',
          full: false,
          users: [{ username: 'shop_user', grant: 'all', hash: passwordHash(password) }],
        },
        gone: [],
      },
    ])
    expect(recorded(panel)).not.toContain(password)
    const [entry] = listAuditEntries(ctx.db, 1)
    expect(entry).toMatchObject({ action: 'database.create', actor: 'admin', ok: true, after: { name: 'shop' } })
    expect(JSON.stringify(entry)).not.toContain(passwordHash(password))
    const seen = (await databaseOf(panel, 'shop')('GET')).body
    expect(seen.users).toEqual([
      { username: 'shop_user', grant: 'all', createdAt: at, connection: connection('shop', 'shop_user') },
    ])
    expect((await call('GET /api/databases')).body).toEqual([
      {
        name: 'shop',
        charset: 'utf8mb4',
        site: null,
        owner: null,
        state: 'active',
        bytes: 3 * 1024 * 1024,
        tables: 2,
        users: 1,
        createdAt: at,
      },
    ])
  })

  it('is for a site, and then its owner’s', async () => {
    const { panel, call } = await panelWithMariadb()
    await call('POST /api/users', { body: { username: 'ann', password: 'a password of a user' } })
    putSite(panel, 'a.test', 'ann')
    expect(
      (await call('POST /api/databases', { body: { name: 'shop', site: 'a.test', charset: 'latin1' } })).body,
    ).toMatchObject({ site: 'a.test', owner: 'ann', charset: 'latin1', users: [] })
    expect(await call('POST /api/databases', { body: { name: 'blog', site: 'a.test', owner: 'ann' } })).toMatchObject({
      status: 422,
      body: { code: 'invalid_input', details: { issues: [{ path: 'owner' }] } },
    })
    expect(await call('POST /api/databases', { body: { name: 'blog', site: 'none.test' } })).toMatchObject({
      status: 404,
      body: { code: 'site_not_found' },
    })
    expect(await call('POST /api/databases', { body: { name: 'blog', owner: 'nobody' } })).toMatchObject({
      status: 404,
      body: { code: 'user_not_found' },
    })
    expect((await call('POST /api/databases', { body: { name: 'blog', owner: 'ann' } })).body).toMatchObject({
      site: null,
      owner: 'ann',
    })
  })

  it('is planned without anything being done', async () => {
    const { panel, call, ctx, mariadb } = await panelWithMariadb()
    const before = listAuditEntries(ctx.db, 9).length
    expect(
      await call('POST /api/databases', { path: '/api/databases?plan=true', body: { name: 'shop', user: 'u' } }),
    ).toMatchObject({
      status: 200,
      body: { changes: [{ action: 'create', kind: 'database', name: 'shop', summary: 'utf8mb4' }] },
    })
    expect([mariadb.order(), mariadb.databases.size, stored(panel), listAuditEntries(ctx.db, 9).length]).toEqual([
      ['databases.plan'],
      0,
      nothingStored,
      before,
    ])
  })

  it('has a name of its own, however it is written; and so have its users', async () => {
    const { panel, call, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'Shop', user: 'ann' })
    mariadb.reset()
    const before = stored(panel)
    for (const path of ['/api/databases', '/api/databases?plan=true']) {
      for (const name of ['Shop', 'shop', 'SHOP'])
        expect(await call('POST /api/databases', { path, body: { name } }), `${path} ${name}`).toMatchObject({
          status: 409,
          body: { code: 'database_exists' },
        })
      expect(await call('POST /api/databases', { path, body: { name: 'blog', user: 'ann' } }), path).toMatchObject({
        status: 409,
        body: { code: 'username_taken' },
      })
    }
    await newDatabases(panel, { name: 'blog' })
    const { databases } = stored(panel)
    expect(databases).toHaveLength(2)
    for (const query of ['', '?plan=true'])
      expect(
        await databaseOf(panel, 'blog')('POST', `/users${query}`, { body: { username: 'ann', grant: 'read' } }),
        query,
      ).toMatchObject({ status: 409, body: { code: 'username_taken' } })
    expect(stored(panel)).toEqual({ ...before, databases })
    expect(mariadb.order(), 'MariaDB was asked for nothing that was refused').toEqual(['databases.apply'])
  })

  it('is made once by two who ask at once', async () => {
    const { call, mariadb } = await panelWithMariadb()
    const tries = await Promise.all(
      ['shop', 'SHOP', 'shop'].map((name) => call('POST /api/databases', { body: { name } })),
    )
    expect(tries.map(({ status }) => status).sort()).toEqual([201, 409, 409])
    expect(mariadb.asked('databases.apply')).toHaveLength(1)
  })

  it('is told of where MariaDB does not say its size', async () => {
    const { panel, call, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'shop' })
    mariadb.answers['databases.usage'] = refuse('mariadb_down')
    mariadb.answers['databases.tables'] = refuse('mariadb_down')
    expect((await call('GET /api/databases')).body).toMatchObject([{ name: 'shop', bytes: null, tables: null }])
    expect((await databaseOf(panel, 'shop')('GET')).body).toMatchObject({ name: 'shop', bytes: null, tables: null })
  })
})
