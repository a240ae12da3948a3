import { expect, it } from 'vitest'
import { databaseOf, newDatabases } from '../_mariadb.ts'
import { newUser, putSite } from '../_users.ts'
import { withUsers } from './_owners.ts'

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
