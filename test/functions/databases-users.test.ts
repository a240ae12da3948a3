import { expect, it } from 'vitest'
import { addDump } from '../../lib/panel/store/dumps.ts'
import { databaseOf, dumpOf, newDatabases, panelWithMariadb, stored, tokenFor } from './_mariadb.ts'
import { newUser, putSite } from './_users.ts'

const id = (digit: string) => digit.repeat(32)
const now = '2026-11-23T00:00:00.000Z'
const all = ['databases:read', 'databases:write', 'jobs:read']

/** The digits of each one's dumps: of the site's database, and of the one by itself. */
const dumps = { ann: ['a', '1'], bob: ['b', '2'], our: ['c', '3'] } as const

/**
 * Ann and Bob each have a site and two databases, one for it and one by itself, and so have the administrators; and a
 * dump each.
 */
async function withUsers() {
  const made = await panelWithMariadb()
  const { panel, ctx } = made
  const [ann, bob] = [await newUser(panel, 'ann'), await newUser(panel, 'bob')]
  for (const [name, owner] of [
    ['ann', 'ann'],
    ['bob', 'bob'],
    ['our', null],
  ] as const) {
    putSite(panel, `${name}.test`, owner)
    await newDatabases(
      panel,
      { name: `${name}_site`, site: `${name}.test`, user: `${name}_site` },
      { name: `${name}_own`, owner, user: `${name}_own` },
    )
    for (const site of [`${name}.test`, null]) {
      addDump(ctx.db, {
        id: id(dumps[name][site ? 0 : 1]),
        database: `${name}_${site ? 'site' : 'own'}`,
        reason: 'export',
        compression: 'zstd',
        bytes: 1,
        owner,
        site,
        createdAt: now,
        keptUntil: now,
      })
    }
  }
  made.mariadb.reset()
  return { ...made, ann, bob }
}

const names = ({ body }: { body: { name: string }[] }) => body.map(({ name }) => name)
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

const sql = { body: 'SELECT 1', headers: { 'content-type': 'application/sql' } }
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

it('a user does everything with what is theirs', async () => {
  const { panel, call, mariadb, ann } = await withUsers()
  const of = databaseOf(panel, 'ann_own')
  expect(
    (await call('POST /api/databases', { body: { name: 'ann_more', user: 'ann_more' }, headers: ann })).body,
  ).toMatchObject({ owner: 'ann', site: null })
  expect(
    (await call('POST /api/databases', { body: { name: 'ann_site2', site: 'ann.test' }, headers: ann })).body,
  ).toMatchObject({ owner: 'ann', site: 'ann.test' })
  for (const [method, below, options, status] of [
    ['GET', '', {}, 200],
    ['POST', '/users', { body: { username: 'x', grant: 'read' } }, 201],
    ['PATCH', '/users/x', { body: { rotatePassword: true } }, 200],
    ['DELETE', '/users/x', {}, 204],
    ['GET', '/queries', {}, 200],
    ['DELETE', '/queries/7', {}, 204],
    ['POST', '/import', sql, 200],
    ['POST', '/export', { body: {} }, 200],
    ['DELETE', '', {}, 200],
  ] as const) {
    expect([
      method,
      below,
      (await of(method, below, { ...options, headers: { ...('headers' in options ? options.headers : {}), ...ann } }))
        .status,
    ]).toEqual([method, below, status])
  }
  expect(mariadb.databases.has('ann_own')).toBe(false)
  expect(
    (await call('GET /api/dumps', { headers: ann })).body
      .map(({ reason, owner }: { reason: string; owner: string }) => [reason, owner])
      .sort(),
  ).toEqual([
    ['before-import', 'ann'],
    ['deleted', 'ann'],
    ['export', 'ann'],
    ['export', 'ann'],
    ['export', 'ann'],
  ])
})

it('a user makes none for others’ sites, for others, or gives one away', async () => {
  const { panel, call, mariadb, ann } = await withUsers()
  const before = stored(panel)
  for (const [body, status, code] of [
    [{ site: 'bob.test' }, 404, 'site_not_found'],
    [{ site: 'our.test' }, 404, 'site_not_found'],
    [{ owner: 'bob' }, 403, 'field_not_allowed'],
    [{ owner: null }, 403, 'field_not_allowed'],
    [{ site: 'ann.test', owner: 'ann' }, 422, 'invalid_input'],
  ] as const) {
    for (const path of ['/api/databases', '/api/databases?plan=true'])
      expect(
        await call('POST /api/databases', { path, body: { name: 'x', ...body }, headers: ann }),
        JSON.stringify(body),
      ).toMatchObject({ status, body: { code } })
    expect(await databaseOf(panel, 'ann_own')('PATCH', '', { body, headers: ann }), JSON.stringify(body)).toMatchObject(
      { status, body: { code } },
    )
  }
  expect([stored(panel), mariadb.order()]).toEqual([before, []])
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

it('a database moves between sites and people, and its users stay', async () => {
  const { panel, mariadb, ann, bob } = await withUsers()
  const of = databaseOf(panel, 'ann_own')
  const move = async (body: object, headers?: Record<string, string>) => {
    const {
      status,
      body: { site, owner, code },
    } = await of('PATCH', '', { body, ...(headers && { headers }) })
    return [status, code ?? [site, owner]]
  }
  expect(await move({ site: 'ann.test' }, ann)).toEqual([200, ['ann.test', 'ann']])
  expect(await move({}, ann)).toEqual([200, ['ann.test', 'ann']])
  expect(await move({ site: null }, ann)).toEqual([200, [null, 'ann']])
  expect(await move({ site: 'bob.test' })).toEqual([200, ['bob.test', 'bob']])
  expect((await of('GET', '', { headers: ann })).body.code, 'it is Bob’s now').toBe('database_not_found')
  expect((await of('GET', '', { headers: bob })).status).toBe(200)
  expect(await move({ site: null }), 'who had it by its site keeps it').toEqual([200, [null, 'bob']])
  expect(await move({ owner: 'ann' })).toEqual([200, [null, 'ann']])
  expect(await move({})).toEqual([200, [null, 'ann']])
  expect(await move({ owner: null })).toEqual([200, [null, null]])
  expect(await move({ owner: 'nobody' })).toEqual([404, 'user_not_found'])
  expect(await move({ site: 'none.test' })).toEqual([404, 'site_not_found'])
  expect(await move({ site: 'ann.test', owner: 'bob' })).toEqual([422, 'invalid_input'])
  expect(await move({ name: 'other' })).toEqual([422, 'invalid_input'])
  expect((await of('GET', '/users')).body.map(({ username }: { username: string }) => username)).toEqual(['ann_own'])
  expect(mariadb.order(), 'MariaDB has nothing to do with it').toEqual([])
})

it('a site that is given away takes its databases along; one that is deleted leaves them to who had it', async () => {
  const { panel, call, ctx, ann, bob } = await withUsers()
  await call('PATCH /api/sites/{site}', { path: '/api/sites/ann.test', body: { owner: 'bob' } })
  expect(names(await call('GET /api/databases', { headers: ann }))).toEqual(['ann_own'])
  expect(names(await call('GET /api/databases', { headers: bob }))).toEqual(['ann_site', 'bob_own', 'bob_site'])
  for (const site of ['ann.test', 'our.test'])
    expect((await call('DELETE /api/sites/{site}', { path: `/api/sites/${site}` })).status).toBeLessThan(300)
  await expect.poll(() => ctx.db.sqlite.prepare('SELECT count(*) AS n FROM sites').get()).toEqual({ n: 1 })
  expect((await databaseOf(panel, 'ann_site')('GET')).body).toMatchObject({ site: null, owner: 'bob' })
  expect((await databaseOf(panel, 'our_site')('GET')).body).toMatchObject({ site: null, owner: null })
})

it('who has databases stays', async () => {
  const { panel, call } = await withUsers()
  const zoe = await newUser(panel, 'zoe')
  await call('POST /api/databases', { body: { name: 'zoe_own' }, headers: zoe })
  expect(await call('DELETE /api/users/{user}', { path: '/api/users/zoe' })).toMatchObject({
    status: 409,
    body: { code: 'user_has_databases', message: expect.stringContaining('zoe still has 1 databases') },
  })
  await databaseOf(panel, 'zoe_own')('DELETE')
  expect((await call('DELETE /api/users/{user}', { path: '/api/users/zoe' })).status).toBe(204)
  expect(
    (await call('GET /api/dumps', { path: '/api/dumps?database=zoe_own' })).body,
    'the dump of what is gone stays',
  ).toMatchObject([{ database: 'zoe_own', reason: 'deleted', owner: null }])
  const another = await newUser(panel, 'zoe')
  expect((await call('GET /api/dumps', { headers: another })).body, 'nobody of the same name finds it').toEqual([])
  expect((await call('GET /api/account', { headers: another })).body.usage).toMatchObject({
    diskMb: 0,
    parts: { dumpsMb: 0 },
  })
})

it('a limit of databases holds, also for two at once, and counts those of sites', async () => {
  const { panel, call, mariadb } = await withUsers()
  const eve = await newUser(panel, 'eve', { databases: 2 })
  putSite(panel, 'eve.test', 'eve')
  await newDatabases(panel, { name: 'eve_site', site: 'eve.test' })
  const tries = await Promise.all(
    ['eve_a', 'eve_b'].map((name) => call('POST /api/databases', { body: { name }, headers: eve })),
  )
  expect(tries.map(({ status, body }) => [status, body.code]).sort()).toEqual([
    [201, undefined],
    [403, 'limit_reached'],
  ])
  for (const headers of [eve, undefined]) {
    expect(
      (
        await call('POST /api/databases', {
          body: { name: 'eve_c', ...(headers ? {} : { owner: 'eve' }) },
          ...(headers && { headers }),
        })
      ).body.message,
    ).toBe('eve may have 2 databases. Ask the administrator for more, or delete one first')
    expect(
      (await call('POST /api/databases', { body: { name: 'eve_c', site: 'eve.test' }, ...(headers && { headers }) }))
        .body.code,
    ).toBe('limit_reached')
  }
  expect([...mariadb.databases.keys()].filter((name) => name.startsWith('eve'))).toHaveLength(2)
  await databaseOf(panel, 'eve_site')('DELETE')
  expect((await call('POST /api/databases', { body: { name: 'eve_c' }, headers: eve })).status).toBe(201)
})

it('who has used their share of the disk up makes none, and databases count', async () => {
  const { panel, call } = await withUsers()
  const eve = await newUser(panel, 'eve', { diskMb: 4 })
  putSite(panel, 'eve.test', 'eve')
  expect((await call('POST /api/databases', { body: { name: 'eve_a' }, headers: eve })).status).toBe(201)
  expect((await call('GET /api/users/{user}', { path: '/api/users/eve' })).body.usage).toEqual({
    sites: 1,
    databases: 1,
    diskMb: 4,
    files: 10,
    full: true,
    parts: { sitesMb: 1, databasesMb: 3, dumpsMb: 0, uploadsMb: 0 },
  })
  for (const site of [null, 'eve.test'])
    expect((await call('POST /api/databases', { body: { name: 'eve_b', site }, headers: eve })).body).toMatchObject({
      code: 'limit_reached',
      message: expect.stringContaining('eve uses 4 MB of disk and may use 4 MB'),
    })
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
