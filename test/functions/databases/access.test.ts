import { expect, it } from 'vitest'
import { databaseOf, dumpOf, stored, tokenFor } from '../_mariadb.ts'
import { id, names, sql, withUsers } from './_owners.ts'

const all = ['databases:read', 'databases:write', 'jobs:read']
const ids = ({ body }: { body: { id: string }[] }) => body.map((dump) => dump.id[0]).sort()

it('everybody sees their own databases and dumps, administrators all, a token for one site its own', async () => {
  const { panel, call, ann } = await withUsers()
  const seen = async (headers?: Record<string, string>) => [
    names(await call('GET /api/databases', { ...(headers && { headers }) })),
    ids(await call('GET /api/dumps', { ...(headers && { headers }) })),
  ]
  expect(await seen()).toEqual([
    ['ann_own', 'ann_site', 'bob_own', 'bob_site', 'our_own', 'our_site'],
    ['1', '2', '3', 'a', 'b', 'c'],
  ])
  expect(await seen(ann)).toEqual([
    ['ann_own', 'ann_site'],
    ['1', 'a'],
  ])
  expect(await seen(await tokenFor(panel, all, { site: 'ann.test' }, ann))).toEqual([['ann_site'], ['a']])
  expect(await seen(await tokenFor(panel, all, { site: 'our.test' }))).toEqual([['our_site'], ['c']])
  expect(ids(await call('GET /api/dumps', { path: '/api/dumps?database=bob_own', headers: ann }))).toEqual([])
  expect(ids(await call('GET /api/dumps', { path: '/api/dumps?database=ann_own', headers: ann }))).toEqual(['1'])
})
const ofDatabase: [method: string, below: string, options?: { body?: unknown; headers?: Record<string, string> }][] = [
  ['GET', ''],
  ['PATCH', '', { body: {} }],
  ['DELETE', ''],
  ['DELETE', '?dump=false'],
  ['GET', '/users'],
  ['POST', '/users', { body: { username: 'eve', grant: 'all' } }],
  ['PATCH', '/users/bob_own', { body: { grant: 'read' } }],
  ['DELETE', '/users/bob_own'],
  ['GET', '/queries'],
  ['DELETE', '/queries/7'],
  ['GET', '/export'],
  ['POST', '/export', { body: {} }],
  ['POST', '/import', sql],
  ['DELETE', '?plan=true'],
]
const ofDump: typeof ofDatabase = [
  ['GET', ''],
  ['DELETE', ''],
  ['POST', '/restore', { body: { database: 'ann_own' } }],
]

it('others’ databases and dumps do not exist for a user, nor for another site’s token', async () => {
  const { panel, mariadb, ann, uploads } = await withUsers()
  const before = stored(panel)
  const forAnnsSite = await tokenFor(panel, all, { site: 'ann.test' }, ann)
  const strangers: [Record<string, string>, string[], string[]][] = [
    [ann, ['bob_own', 'bob_site', 'our_own', 'our_site', 'none'], ['2', 'b', '3', 'c', 'f']],
    [forAnnsSite, ['ann_own', 'bob_own', 'bob_site', 'our_site', 'none'], ['1', '2', 'b', 'f']],
    [await tokenFor(panel, all, { site: 'ann.test' }), ['ann_own', 'bob_own', 'our_own', 'none'], ['1', '2', '3', 'f']],
  ]
  for (const [headers, databases, dumps] of strangers) {
    for (const name of databases)
      for (const [method, below, options] of ofDatabase) {
        const { status, body } = await databaseOf(panel, name)(method, below, {
          ...options,
          headers: { ...options?.headers, ...headers },
        })
        expect([name, method, below, status, body]).toEqual([
          name,
          method,
          below,
          404,
          { code: 'database_not_found', message: 'There is no such database' },
        ])
      }
    for (const digit of dumps)
      for (const [method, below, options] of ofDump) {
        const { status, body } = await dumpOf(panel, id(digit))(method, below, { ...options, headers })
        expect([digit, method, below, status, body]).toEqual([
          digit,
          method,
          below,
          404,
          { code: 'dump_not_found', message: 'There is no such dump' },
        ])
      }
  }
  expect([mariadb.order(), uploads(), stored(panel)]).toEqual([[], [], before])
})

it('a dump of one’s own is not restored into another’s database, nor one by itself by a site’s token', async () => {
  const { panel, mariadb, ann, call } = await withUsers()
  const forAnnsSite = await tokenFor(panel, all, { site: 'ann.test' }, ann)
  for (const [headers, dump, databases] of [
    [ann, '1', ['bob_own', 'bob_site', 'our_own', 'none']],
    [forAnnsSite, 'a', ['ann_own', 'bob_site', 'none']],
  ] as const) {
    for (const database of databases) {
      expect(
        await dumpOf(panel, id(dump))('POST', '/restore', {
          body: { database },
          headers: headers as Record<string, string>,
        }),
        database,
      ).toMatchObject({ status: 404, body: { code: 'database_not_found' } })
    }
  }
  expect([mariadb.order(), (await call('GET /api/jobs')).body.jobs]).toEqual([[], []])
  expect(
    (await dumpOf(panel, id('a'))('POST', '/restore', { body: { database: 'ann_site' }, headers: forAnnsSite })).body
      .state,
  ).toBe('done')
  expect(mariadb.asked('databases.import')).toMatchObject([{ name: 'ann_site', from: { kind: 'dump', id: id('a') } }])
})

it('a token for one site makes databases for that site alone', async () => {
  const { panel, call, ann } = await withUsers()
  const headers = await tokenFor(panel, all, { site: 'ann.test' }, ann)
  for (const body of [
    { name: 'x' },
    { name: 'x', site: null },
    { name: 'x', site: 'bob.test' },
    { name: 'x', owner: 'ann' },
  ]) {
    expect(await call('POST /api/databases', { body, headers }), JSON.stringify(body)).toMatchObject({
      status: 403,
      body: { code: 'not_allowed' },
    })
  }
  expect((await call('POST /api/databases', { body: { name: 'x', site: 'ann.test' }, headers })).body).toMatchObject({
    site: 'ann.test',
    owner: 'ann',
  })
  for (const body of [{ site: null }, { site: 'our.test' }, { owner: 'ann', site: null }])
    expect((await databaseOf(panel, 'ann_site')('PATCH', '', { body, headers })).body.code, JSON.stringify(body)).toBe(
      'not_allowed',
    )
})

it('scopes: who may read changes nothing, and who may neither sees nothing', async () => {
  const { panel, call, mariadb } = await withUsers()
  const [reads, none] = [
    await tokenFor(panel, ['databases:read']),
    await tokenFor(panel, ['sites:read', 'sites:write', 'jobs:read']),
  ]
  const readers = new Set(['GET ', 'GET /users', 'GET /queries', 'GET /export', 'POST /export'])
  const before = stored(panel)
  for (const [method, below, options] of ofDatabase) {
    if (below === '/export') continue
    const code = async (headers: Record<string, string>) =>
      (await databaseOf(panel, 'bob_own')(method, below, { ...options, headers: { ...options?.headers, ...headers } }))
        .body.code as string
    expect([method, below, await code(none)]).toEqual([method, below, 'not_allowed'])
    expect([method, below, await code(reads)]).toEqual([
      method,
      below,
      readers.has(`${method} ${below}`) ? undefined : 'not_allowed',
    ])
  }
  for (const [method, below, options] of ofDump) {
    expect((await dumpOf(panel, id('2'))(method, below, { ...options, headers: none })).body.code).toBe('not_allowed')
    if (method !== 'GET')
      expect((await dumpOf(panel, id('2'))(method, below, { ...options, headers: reads })).body.code).toBe(
        'not_allowed',
      )
  }
  for (const headers of [none, reads])
    expect((await call('POST /api/databases', { body: { name: 'x' }, headers })).body.code).toBe('not_allowed')
  for (const operation of ['GET /api/databases', 'GET /api/dumps'])
    expect((await call(operation, { headers: none })).body.code).toBe('not_allowed')
  expect([stored(panel), mariadb.order()]).toEqual([before, []])
  expect((await databaseOf(panel, 'bob_own')('POST', '/export', { body: {}, headers: reads })).status).toBe(200)
})
