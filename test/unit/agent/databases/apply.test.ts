import { describe, expect, it } from 'vitest'
import { passwordHash } from '../../../../lib/model/databases/password.ts'
import { connectionsEach } from '../../../../lib/drivers/mariadb/settings.conf.ts'
import type { Login } from '../../../../lib/drivers/mariadb/index.ts'
import {
  applyDatabase,
  desiredDatabases,
  hash,
  mariadb,
  own,
  planDatabase,
  refusal,
  shop,
  withShop,
} from './_mariadb.ts'

const { describeDatabase } = await import('../../../../lib/agent/databases/describe-database.ts')
const connections = connectionsEach()

describe('a database', () => {
  it('is these things, its own account first and what goes last', () => {
    const account = { username: 'hosting-panel-db-0', password: 'secret' }
    expect(
      describeDatabase(
        { ...shop, charset: 'latin1', users: [...shop.users, { username: 'bob', grant: 'all', hash }] },
        account,
        15,
        ['eve', 'zoe'],
      ),
    ).toEqual([
      {
        kind: 'login',
        name: 'hosting-panel-db-0',
        state: { database: 'shop', grant: 'all', full: false, hash: passwordHash('secret'), connections: 15 },
      },
      { kind: 'database', name: 'shop', state: { charset: 'latin1' } },
      { kind: 'login', name: 'ann', state: { database: 'shop', grant: 'read', full: false, hash, connections: 15 } },
      { kind: 'login', name: 'bob', state: { database: 'shop', grant: 'all', full: false, hash, connections: 15 } },
      { kind: 'login', name: 'eve', state: null },
      { kind: 'login', name: 'zoe', state: null },
    ])
  })

  it('is planned, made, and then as it should be', async () => {
    const changes = [
      { action: 'create', kind: 'login', name: own('shop').username, summary: 'all in shop' },
      { action: 'create', kind: 'database', name: 'shop', summary: 'utf8mb4' },
      { action: 'create', kind: 'login', name: 'ann', summary: 'read in shop' },
    ]
    expect(await planDatabase({ database: shop, gone: [] })).toEqual(changes)
    expect(mariadb.done).toEqual([])
    expect(await applyDatabase({ database: shop, gone: [] })).toEqual(changes)
    expect(mariadb.done).toEqual([`login ${own('shop').username}`, 'create shop', 'login ann'])
    expect([...mariadb.logins]).toEqual([
      [own('shop').username, { database: 'shop', grant: 'all', full: false, hash: own('shop').hash, connections }],
      ['ann', { database: 'shop', grant: 'read', full: false, hash, connections }],
    ])
    expect(await applyDatabase({ database: shop, gone: [] })).toEqual([])
    expect(
      await planDatabase({
        database: { ...shop, charset: 'latin1', users: [{ username: 'ann', grant: 'all', hash: passwordHash('y') }] },
        gone: ['eve'],
      }),
    ).toEqual([
      { action: 'update', kind: 'database', name: 'shop', summary: 'utf8mb4 -> latin1, for new tables' },
      { action: 'update', kind: 'login', name: 'ann', summary: 'all in shop, another password' },
    ])
  })

  it.each([`login ${own('shop').username}`, 'create shop', 'login ann'])(
    'that fails at “%s” leaves nothing',
    async (at) => {
      mariadb.refuse.set(at, refusal('mariadb_full'))
      await expect(applyDatabase({ database: shop, gone: [] })).rejects.toMatchObject({ code: 'mariadb_full' })
      expect([mariadb.databases.size, mariadb.logins.size]).toEqual([0, 0])
    },
  )

  const all = { ...shop, users: [...shop.users, { username: 'bob', grant: 'all' as const, hash }] }
  it('whose users may as much as its own account makes them with it, in one statement', async () => {
    await applyDatabase({ database: all, gone: [] })
    expect(mariadb.done).toEqual([`logins ${own('shop').username} bob`, 'create shop', 'login ann'])
    expect([...mariadb.logins.keys()]).toEqual([own('shop').username, 'bob', 'ann'])
  })
  it.each(['create shop', 'login ann'])('of which each is gone when it fails at “%s”', async (at) => {
    mariadb.refuse.set(at, refusal('mariadb_full'))
    await expect(applyDatabase({ database: all, gone: [] })).rejects.toMatchObject({ code: 'mariadb_full' })
    expect([mariadb.databases.size, mariadb.logins.size]).toEqual([0, 0])
  })

  it('whose change fails has the users it had, with their passwords', async () => {
    await withShop()
    const before = [...mariadb.logins]
    mariadb.refuse.set('login bob', refusal('mariadb_full'))
    await expect(
      applyDatabase({
        database: {
          ...shop,
          users: [
            { username: 'ann', grant: 'all', hash: passwordHash('y') },
            { username: 'bob', grant: 'all', hash },
          ],
        },
        gone: [],
      }),
    ).rejects.toMatchObject({ code: 'mariadb_full' })
    expect([[...mariadb.logins], mariadb.databases.get('shop')?.content]).toEqual([before, 'what was there'])
  })

  it('that MariaDB has and the panel did not make stays somebody else’s, and so do accounts', async () => {
    mariadb.databases.set('shop', { charset: 'latin1', content: 'theirs' })
    for (const ask of [planDatabase, applyDatabase])
      await expect(ask({ database: { ...shop, charset: 'latin1' }, gone: [] })).rejects.toMatchObject({
        code: 'database_exists',
        status: 409,
      })
    mariadb.databases.clear()
    for (const login of [
      { database: 'blog', grant: 'all', full: false, hash, connections },
      { database: null, grant: null, full: false, hash: passwordHash('theirs'), connections },
      { database: null, grant: null, full: false, hash: '', connections },
    ] as Login[]) {
      mariadb.logins.set('ann', login)
      await expect(applyDatabase({ database: shop, gone: [] }), JSON.stringify(login)).rejects.toMatchObject({
        code: 'username_taken',
        status: 409,
      })
      await expect(
        applyDatabase({ database: { ...shop, users: [] }, gone: ['ann'] }),
        JSON.stringify(login),
      ).rejects.toMatchObject({ code: 'username_taken' })
    }
    expect(mariadb.done).toEqual([])
  })

  it('that MariaDB has in another character set and the panel did not make is not changed', async () => {
    mariadb.databases.set('shop', { charset: 'latin1', content: 'theirs' })
    for (const ask of [planDatabase, applyDatabase])
      await expect(ask({ database: shop, gone: [] })).rejects.toMatchObject({ code: 'database_exists' })
    expect([mariadb.databases.get('shop'), mariadb.done]).toEqual([{ charset: 'latin1', content: 'theirs' }, []])
  })

  it('that a kill cut off is brought to its end by who asks again', async () => {
    const { username, hash: ownHash } = own('shop')
    mariadb.logins.set(username, { database: 'shop', grant: 'all', full: false, hash: ownHash, connections })
    mariadb.logins.set('ann', { database: null, grant: null, full: false, hash, connections })
    await applyDatabase({ database: shop, gone: [] })
    expect([mariadb.databases.has('shop'), mariadb.logins.get('ann')]).toEqual([
      true,
      { database: 'shop', grant: 'read', full: false, hash, connections },
    ])
  })

  it('is desired with its account', async () => {
    expect(await desiredDatabases([])).toEqual([])
    expect(
      (await desiredDatabases([shop, { ...shop, name: 'blog', users: [] }])).map(({ kind, name }) => `${kind} ${name}`),
    ).toEqual([
      `login ${own('shop').username}`,
      'database shop',
      'login ann',
      `login ${own('blog').username}`,
      'database blog',
    ])
  })
})
