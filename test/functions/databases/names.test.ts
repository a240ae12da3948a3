import { describe, expect, it } from 'vitest'
import { databaseOf, newDatabases, panelWithMariadb, stored } from '../_mariadb.ts'

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
