import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { pendingDatabase } from '../../lib/panel/databases/change.ts'
import { resumePending } from '../../lib/panel/pending-changes/resume.ts'
import { passwordHash } from '../../lib/model/databases/password.ts'
import { PanelError } from '../../lib/model/errors.ts'
import { listAuditEntries } from '../../lib/panel/store/audit.ts'
import {
  beginDatabase,
  beginDatabaseChange,
  beginDatabaseRemoval,
  findDatabase,
  type KeptSpec,
} from '../../lib/panel/store/databases.ts'
import { refuse } from './_agent.ts'
import { databaseOf, newDatabases, panelWithMariadb, recorded, stored } from './_mariadb.ts'
import { putSite } from './_users.ts'

const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
const connection = (database: string, username: string) => ({
  host: '127.0.0.1',
  port: 3306,
  socket: '/run/mysqld/mysqld.sock',
  database,
  username,
  url: `mysql://${username}@127.0.0.1:3306/${database}`,
})
const nothingStored = { databases: [], database_users: [], dumps: [], pending_changes: [] }

/** Silences messages that the log would have, and the tests need not. */
function quietly(): { log: ReturnType<typeof vi.spyOn>; error: ReturnType<typeof vi.spyOn> } {
  const spies = { log: vi.spyOn(console, 'log').mockReturnValue(), error: vi.spyOn(console, 'error').mockReturnValue() }
  onTestFinished(() => Object.values(spies).forEach((spy) => spy.mockRestore()))
  return spies as never
}

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

describe('names', () => {
  const hostile = [
    '',
    '$(id)',
    '`id`',
    '`; DROP DATABASE mysql; --',
    'a\nb',
    ';}',
    '-h',
    '--all-databases',
    '../etc',
    '..',
    '/etc/passwd',
    "'",
    '"',
    'a"b',
    '%',
    'a%',
    '_a',
    '\\',
    'a b',
    'größe',
    '\u{1f600}',
    'x'.repeat(65),
    '1shop',
    '@a',
    '.a',
    'a.b',
    'a\0',
    '#mysql50#a',
    '__proto__',
    'constructor()',
    'mysql',
    'MySQL',
    'information_schema',
    'performance_schema',
    'sys',
    'TEST',
  ]
  const hostileUsers = [
    ...hostile.filter(
      (name) => !['mysql', 'MySQL', 'information_schema', 'performance_schema', 'sys', 'TEST'].includes(name),
    ),
    'x'.repeat(33),
    'root',
    'ROOT',
    'mysql',
    'mariadb',
    'PUBLIC',
    'hosting-panel',
    'hosting-panel-db-0',
    'Hosting-Panel-Dump',
    "a'@'%",
  ]

  it('that are hostile are refused everywhere, and nothing changes', async () => {
    const { panel, call, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'shop', user: 'ann' })
    mariadb.reset()
    const before = stored(panel)
    const refused = { status: 422, body: { code: 'invalid_input' } }
    for (const name of hostile) {
      expect(await call('POST /api/databases', { body: { name } }), name).toMatchObject(refused)
      // Never reaches the panel in a path.
      if (name === '..') continue
      const of = databaseOf(panel, name || ' ')
      for (const [method, below, body] of [
        ['GET', ''],
        ['PATCH', '', {}],
        ['DELETE', ''],
        ['GET', '/users'],
        ['POST', '/users', { username: 'bob', grant: 'read' }],
        ['PATCH', '/users/ann', { grant: 'read' }],
        ['DELETE', '/users/ann'],
        ['GET', '/queries'],
        ['DELETE', '/queries/7'],
        ['POST', '/export', {}],
        ['GET', '/export'],
        ['POST', '/import', 'SELECT 1'],
      ] as [string, string, unknown?][]) {
        const { status, body: answer } = await of(method, below, {
          body,
          ...(below === '/import' && { headers: { 'content-type': 'application/sql' } }),
        })
        expect([name, method, below, status, answer.code]).toEqual([
          name,
          method,
          below,
          expect.toSatisfy((code: number) => code === 422 || code === 404),
          expect.stringMatching(/^(?:invalid_input|not_found|database_not_found)$/),
        ])
      }
      expect(
        await call('GET /api/dumps', { path: `/api/dumps?database=${encodeURIComponent(name)}` }),
        name,
      ).toMatchObject(refused)
    }
    for (const user of hostileUsers) {
      expect(await call('POST /api/databases', { body: { name: 'blog', user } }), user).toMatchObject(refused)
      expect(
        await databaseOf(panel, 'shop')('POST', '/users', { body: { username: user, grant: 'read' } }),
        user,
      ).toMatchObject(refused)
      for (const method of user === '..' ? [] : ['PATCH', 'DELETE']) {
        const { status } = await databaseOf(panel, 'shop')(
          method,
          `/users/${encodeURIComponent(user || ' ')}`,
          method === 'PATCH' ? { body: { grant: 'read' } } : {},
        )
        expect([user, method, status]).toEqual([
          user,
          method,
          expect.toSatisfy((code: number) => code === 422 || code === 404),
        ])
      }
    }
    for (const body of [
      { name: 'blog', charset: 'utf8mb4; DROP' },
      { name: 'blog', charset: 'koi8r' },
      { name: 'blog', site: '../x' },
      { name: 'blog', colour: 'red' },
      { name: ['blog'] },
      { name: { toString: 'blog' } },
      {},
    ]) {
      expect(await call('POST /api/databases', { body }), JSON.stringify(body)).toMatchObject(refused)
    }
    expect([stored(panel), mariadb.order(), (await call('GET /api/jobs')).body.jobs]).toEqual([before, [], []])
  })

  it('of the longest kind are taken', async () => {
    const { panel, mariadb } = await panelWithMariadb()
    const [name, user] = [`a${'_-9Z'.repeat(15)}xyz`, `u${'_-9Z'.repeat(7)}xyz`]
    expect([name.length, user.length]).toEqual([64, 32])
    await newDatabases(panel, { name, user })
    expect([...mariadb.databases.keys()]).toEqual([name])
  })
})

describe('what the agent refuses', () => {
  it('is not kept: a new database', async () => {
    const { panel, call, ctx } = await panelWithMariadb({ 'databases.apply': refuse('mariadb_down') })
    expect(await call('POST /api/databases', { body: { name: 'shop', user: 'ann' } })).toMatchObject({
      status: 503,
      body: { code: 'mariadb_down' },
    })
    expect(stored(panel)).toEqual(nothingStored)
    expect(listAuditEntries(ctx.db, 1)).toMatchObject([{ action: 'database.create', ok: false, code: 'mariadb_down' }])
  })

  it('is not kept: a change of its users', async () => {
    const { panel, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'shop', user: 'ann' })
    const before = stored(panel)
    mariadb.answers['databases.apply'] = refuse('username_taken')
    const of = databaseOf(panel, 'shop')
    expect((await of('POST', '/users', { body: { username: 'bob', grant: 'read' } })).body.code).toBe('username_taken')
    expect((await of('PATCH', '/users/ann', { body: { grant: 'read', rotatePassword: true } })).body.code).toBe(
      'username_taken',
    )
    expect((await of('DELETE', '/users/ann')).body.code).toBe('username_taken')
    expect(stored(panel)).toEqual(before)
  })

  it('leaves a user’s name with its database until MariaDB has let it go', async () => {
    const { panel, call, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'shop', user: 'ann' }, { name: 'blog' })
    let refuseIt!: () => void
    mariadb.answers['databases.apply'] = ({ gone }) =>
      gone.length === 0
        ? { changes: [] }
        : new Promise((_, reject) => (refuseIt = () => reject(new PanelError('mariadb_down', 503, 'No'))))
    const going = databaseOf(panel, 'shop')('DELETE', '/users/ann')
    await expect.poll(() => refuseIt).toBeDefined()
    expect(
      (await databaseOf(panel, 'blog')('POST', '/users', { body: { username: 'ann', grant: 'all' } })).body.code,
    ).toBe('username_taken')
    refuseIt()
    expect((await going).body.code).toBe('mariadb_down')
    expect(
      (await call('GET /api/databases')).body.map(({ name, state, users }: Record<string, unknown>) => [
        name,
        state,
        users,
      ]),
    ).toEqual([
      ['blog', 'active', 0],
      ['shop', 'active', 1],
    ])
    delete mariadb.answers['databases.apply']
    expect((await databaseOf(panel, 'shop')('DELETE', '/users/ann')).status).toBe(204)
    expect(
      (await databaseOf(panel, 'blog')('POST', '/users', { body: { username: 'ann', grant: 'all' } })).status,
      'then it is free',
    ).toBe(201)
  })

  it('is asked once more of an agent that was lost in the middle', async () => {
    const { panel, mariadb } = await panelWithMariadb()
    let lost = 1
    mariadb.answers['databases.apply'] = () => (lost-- > 0 ? refuse('agent_lost')() : { changes: [] })
    await newDatabases(panel, { name: 'shop' })
    expect(mariadb.asked('databases.apply')).toHaveLength(2)
    lost = 2
    expect(
      (await databaseOf(panel, 'shop')('POST', '/users', { body: { username: 'ann', grant: 'all' } })).body.code,
    ).toBe('agent_lost')
    expect((await databaseOf(panel, 'shop')('GET')).body).toMatchObject({ state: 'active', users: [] })
  })
})

describe('a panel that died in the middle', () => {
  const now = '2026-11-23T00:00:00.000Z'
  const user = (username: string, password = 'x') => ({
    username,
    grant: 'all' as const,
    hash: passwordHash(password),
    createdAt: now,
  })
  const spec = (name: string, ...users: string[]): KeptSpec => ({
    name,
    charset: 'utf8mb4',
    full: false,
    users: users.map((each) => user(each)),
  })

  it('ends what it had begun when it is back', async () => {
    const { log } = quietly()
    const { panel, ctx, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'blog', user: 'ann' }, { name: 'old', user: 'eve' })
    mariadb.reset()
    beginDatabase(ctx.db, { spec: spec('shop', 'bob'), site: null, owner: null, now }, null, null)
    beginDatabaseChange(ctx.db, spec('blog', 'zoe'))
    beginDatabaseRemoval(ctx.db, 'old', 'a'.repeat(32))
    expect((await databaseOf(panel, 'blog')('GET')).body).toMatchObject({ state: 'applying' })
    await resumePending(ctx, { database: pendingDatabase })
    expect(mariadb.asked('databases.apply')).toEqual([
      {
        database: {
          name: 'blog',
          charset: 'utf8mb4',
          full: false,
          users: [{ username: 'zoe', grant: 'all', hash: passwordHash('x') }],
        },
        gone: ['ann'],
      },
      {
        database: {
          name: 'shop',
          charset: 'utf8mb4',
          full: false,
          users: [{ username: 'bob', grant: 'all', hash: passwordHash('x') }],
        },
        gone: [],
      },
    ])
    expect(mariadb.asked('databases.remove')).toMatchObject([{ name: 'old', users: ['eve'], dump: 'a'.repeat(32) }])
    expect(stored(panel)).toMatchObject({
      databases: [{ name: 'blog' }, { name: 'shop' }],
      pending_changes: [],
      database_users: [
        { username: 'bob', database: 'shop' },
        { username: 'zoe', database: 'blog' },
      ],
      dumps: [{ id: 'a'.repeat(32), database: 'old', reason: 'deleted', bytes: 4242 }],
    })
    expect(log.mock.calls.flat()).toEqual(
      ['blog: ended the update', 'old: ended the delete', 'shop: ended the create'].map(
        (what) => `${what} that a restart had cut off`,
      ),
    )
  })

  it('goes back to before where that is refused', async () => {
    const { error } = quietly()
    const { panel, ctx, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'blog', user: 'ann' })
    const before = stored(panel)
    mariadb.answers['databases.apply'] = refuse('mariadb_full')
    mariadb.answers['databases.remove'] = refuse('dump_failed', 503)
    beginDatabase(ctx.db, { spec: spec('shop', 'bob'), site: null, owner: null, now }, null, null)
    beginDatabaseChange(ctx.db, spec('blog', 'zoe'))
    await resumePending(ctx, { database: pendingDatabase })
    expect(stored(panel)).toEqual(before)
    beginDatabaseRemoval(ctx.db, 'blog', null)
    await resumePending(ctx, { database: pendingDatabase })
    expect(stored(panel)).toEqual(before)
    expect(error.mock.calls.flat()).toHaveLength(3)
  })

  it('waits for a MariaDB that does not answer yet, as it may have what would be taken back', async () => {
    quietly()
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { ctx, mariadb } = await panelWithMariadb()
    let state: 'stopped' | 'running' = 'stopped'
    mariadb.answers.health = () => ({
      services: [{ name: 'mariadb', state, problem: null }],
      failedPhp: [],
      systemd: true,
      recovered: null,
    })
    beginDatabase(ctx.db, { spec: spec('shop'), site: null, owner: null, now }, null, null)
    let over = false
    const going = resumePending(ctx, { database: pendingDatabase }).then(() => (over = true))
    await new Promise((resolve) => setImmediate(resolve))
    expect([over, mariadb.order()]).toEqual([false, []])
    state = 'running'
    vi.useRealTimers()
    await going
    expect(findDatabase(ctx.db, 'shop')?.pending).toBeNull()
  }, 20_000)

  it('with nothing begun asks for nothing', async () => {
    const { panel, ctx, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'shop' })
    mariadb.reset()
    await resumePending(ctx, { database: pendingDatabase })
    expect([mariadb.order(), mariadb.asked('health')]).toEqual([[], []])
  })
})

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

describe('running statements', () => {
  it('are seen and ended', async () => {
    const { panel, ctx, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'shop' })
    const of = databaseOf(panel, 'shop')
    expect((await of('GET', '/queries')).body).toEqual([
      { id: 7, username: 'ann', seconds: 3, state: 'Sending data', sql: 'SELECT 1' },
    ])
    expect((await of('DELETE', '/queries/7')).status).toBe(204)
    expect(await of('DELETE', '/queries/8')).toMatchObject({ status: 404, body: { code: 'query_not_found' } })
    for (const id of ['0', '-1', '7;', '7 OR 1=1', '0x7', '1e3', '9'.repeat(16)])
      expect(await of('DELETE', `/queries/${encodeURIComponent(id)}`), id).toMatchObject({ status: 422 })
    expect(mariadb.asked('databases.endQuery')).toEqual([
      { name: 'shop', id: 7 },
      { name: 'shop', id: 8 },
    ])
    expect(listAuditEntries(ctx.db, 9).filter(({ ok, action }) => ok && action === 'database.query.end')).toMatchObject(
      [{ before: { sql: 'SELECT 1' } }],
    )
    for (const [method, below] of [
      ['GET', '/queries'],
      ['DELETE', '/queries/7'],
    ] as const)
      expect((await databaseOf(panel, 'none')(method, below)).body.code).toBe('database_not_found')
  })
})
