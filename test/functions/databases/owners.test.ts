import { expect, it } from 'vitest'
import { databaseOf, stored } from '../_mariadb.ts'
import { newUser } from '../_users.ts'
import { names, sql, withUsers } from './_owners.ts'

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
