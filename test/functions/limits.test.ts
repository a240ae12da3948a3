import { describe, expect, it } from 'vitest'
import { addDump } from '../../lib/panel/store/dumps.ts'
import { rootToken } from '../../lib/panel/tokens/tokens.ts'
import { databaseOf, dumpOf, newDatabases, panelWithMariadb, stored, tokenFor } from './_mariadb.ts'
import { bearer, newUser, putSite } from './_users.ts'

const MIB = 1024 * 1024
const dump = {
  id: 'a'.repeat(32),
  database: 'shop',
  reason: 'export',
  compression: 'gzip',
  owner: 'ann',
  site: null,
  createdAt: '2026-11-29T00:00:00.000Z',
  keptUntil: '2099-01-01T00:00:00.000Z',
  bytes: 7 * MIB,
} as const
const later = { prefer: 'wait=0' }

/** Ann may have 20 MB: 3 of them are in each of her databases, 1 in her site. */
async function withAnn() {
  const made = await panelWithMariadb()
  const ann = await newUser(made.panel, 'ann', { diskMb: 20, files: 100 })
  putSite(made.panel, 'ann.test', 'ann')
  await newDatabases(made.panel, { name: 'shop', owner: 'ann' }, { name: 'blog', site: 'ann.test' })
  made.mariadb.reset()
  const jobs = async () =>
    (await made.call('GET /api/jobs')).body.jobs as { state: string; error: { code: string } | null }[]
  return { ...made, ann, jobs, shop: databaseOf(made.panel, 'shop'), blog: databaseOf(made.panel, 'blog') }
}

describe('a dump that is kept', () => {
  it('may be as large as what its owner has left, of databases of their own and of their sites', async () => {
    const { shop, blog, ctx, mariadb, panel } = await withAnn()
    addDump(ctx.db, dump)
    for (const database of [shop, blog])
      expect((await database('POST', '/export', { body: {} })).body.state).toBe('done')
    expect((await dumpOf(panel, dump.id)('POST', '/restore', { body: { database: 'blog' } })).body.state).toBe('done')
    const most = 20 * MIB - 7 * MIB - dump.bytes
    expect(mariadb.asked('databases.export').map((asked) => asked.most)).toEqual([most, most - 99])
    expect(mariadb.asked('databases.import').map((asked) => asked.most)).toEqual([most - 2 * 99])
    await newDatabases(panel, { name: 'ours' })
    await databaseOf(panel, 'ours')('POST', '/export', { body: {} })
    expect(mariadb.asked('databases.export').at(-1)!.most, 'nobody’s has no limit').toBe(null)
  })

  it('is counted before the next one of its owner begins; others’ do not wait', async () => {
    const { shop, blog, panel, mariadb } = await withAnn()
    await newDatabases(panel, { name: 'ours' })
    const ends: ((bytes: number) => void)[] = []
    mariadb.answers['databases.export'] = async () => ({
      bytes: await new Promise<number>((resolve) => ends.push(resolve)),
    })
    const [first, second] = [shop('POST', '/export', { body: {} }), blog('POST', '/export', { body: {} })]
    await expect.poll(() => ends.length).toBe(1)
    const ours = databaseOf(panel, 'ours')('POST', '/export', { body: {} })
    await expect.poll(() => ends.length).toBe(2)
    expect(mariadb.asked('databases.export').map(({ name }) => name)).toEqual(['shop', 'ours'])
    ends[1]!(1)
    ends[0]!(13 * MIB)
    expect([(await first).body.state, (await ours).body.state]).toEqual(['done', 'done'])
    expect((await second).body, 'there is no room for it any more').toMatchObject({
      state: 'failed',
      error: { code: 'limit_reached' },
    })
    expect(mariadb.asked('databases.export')).toHaveLength(2)
  })

  it('that waits can be cancelled, and the next one has its turn', async () => {
    const { shop, blog, call, mariadb, jobs } = await withAnn()
    const ends: ((bytes: number) => void)[] = []
    mariadb.answers['databases.export'] = async () => ({
      bytes: await new Promise<number>((resolve) => ends.push(resolve)),
    })
    const first = shop('POST', '/export', { body: {} })
    await expect.poll(() => ends.length).toBe(1)
    const {
      body: { job },
    } = await blog('POST', '/export', { body: {}, headers: later })
    const third = blog('POST', '/export', { body: {} })
    await call('DELETE /api/jobs/{job}', { path: `/api/jobs/${job}` })
    await expect
      .poll(async () => (await call('GET /api/jobs/{job}', { path: `/api/jobs/${job}` })).body)
      .toMatchObject({ state: 'failed', error: { code: 'cancelled' } })
    expect(ends).toHaveLength(1)
    ends[0]!(1)
    expect((await first).body.state).toBe('done')
    await expect.poll(() => ends.length).toBe(2)
    ends[1]!(1)
    expect((await third).body.state).toBe('done')
    expect((await jobs()).filter(({ state }) => state === 'running')).toEqual([])
  })

  it('is refused to those who are full, before anything is begun; what frees space is not', async () => {
    const { shop, ctx, ann, call, mariadb, jobs, panel } = await withAnn()
    addDump(ctx.db, { ...dump, bytes: 13 * MIB })
    const before = stored(panel)
    const refusal = {
      status: 403,
      body: {
        code: 'limit_reached',
        message: expect.stringContaining('ann uses 20 MB of disk and may use 20 MB') as string,
      },
    }
    for (const headers of [ann, {}]) {
      expect(await shop('POST', '/export', { body: {}, headers })).toMatchObject(refusal)
      expect(await dumpOf(panel, dump.id)('POST', '/restore', { body: { database: 'shop' }, headers })).toMatchObject(
        refusal,
      )
    }
    expect([await jobs(), mariadb.order(), stored(panel)]).toEqual([[], [], before])
    // No pipe stands behind these tests; what counts is that the agent is asked.
    expect((await shop('GET', '/export', { headers: ann })).body.code).toBe('dump_failed')
    expect(mariadb.order(), 'nothing of a stream lies on the disk, so it is not refused').toEqual(['databases.stream'])
    expect((await shop('DELETE', '', { headers: ann })).body.state).toBe('done')
    expect((await call('GET /api/account', { headers: ann })).body.usage.parts, 'its last dump counts').toMatchObject({
      databasesMb: 3,
      dumpsMb: 14,
    })
    expect((await dumpOf(panel, dump.id)('DELETE', '', { headers: ann })).status).toBe(204)
  })
})

it('a database of one’s own moves also when one is full, as nothing grows; to somebody full none does', async () => {
  const { shop, ctx, ann, call } = await withAnn()
  addDump(ctx.db, { ...dump, bytes: 13 * MIB })
  expect((await shop('PATCH', '', { body: { site: 'ann.test' }, headers: ann })).body).toMatchObject({
    site: 'ann.test',
    owner: 'ann',
  })
  expect((await shop('PATCH', '', { body: { site: null }, headers: ann })).body).toMatchObject({
    site: null,
    owner: 'ann',
  })
  await call('POST /api/databases', { body: { name: 'ours' } })
  expect(
    await call('PATCH /api/databases/{db}', { path: '/api/databases/ours', body: { owner: 'ann' } }),
  ).toMatchObject({ status: 403, body: { code: 'limit_reached' } })
})

it('everybody sees what they may have and what they use, with a session and a token, and nobody else’s', async () => {
  const { ann, call, panel } = await withAnn()
  await call('GET /api/users/{user}', { path: '/api/users/ann' })
  const theirs = {
    limits: { sites: null, databases: null, apps: null, diskMb: 20, files: 100 },
    usage: {
      sites: 1,
      databases: 2,
      diskMb: 7,
      files: 10,
      full: false,
      parts: { sitesMb: 1, databasesMb: 6, dumpsMb: 0, uploadsMb: 0 },
    },
  }
  expect((await call('GET /api/account', { headers: ann })).body).toMatchObject(theirs)
  const reads = await tokenFor(panel, ['sites:read'], {}, ann)
  for (const headers of [ann, reads])
    expect((await call('GET /api/usage', { headers })).body).toEqual({ username: 'ann', ...theirs })
  const refused = async (headers: Record<string, string>) => {
    const { status, body } = await call('GET /api/usage', { headers })
    return [status, body.code]
  }
  expect(
    await refused(await tokenFor(panel, ['sites:read'], { site: 'ann.test' }, ann)),
    'a site is not all they have',
  ).toEqual([403, 'not_allowed'])
  expect(await refused(await tokenFor(panel, ['databases:read'], {}, ann))).toEqual([403, 'not_allowed'])
  expect(await refused({ cookie: '' })).toEqual([401, 'not_signed_in'])
  expect((await call('GET /api/usage')).body).toMatchObject({ username: 'admin', usage: { sites: 0 } })
  expect(await refused(bearer(rootToken(panel.ctx, ''))), 'root is not a user of the panel').toEqual([
    404,
    'user_not_found',
  ])
})

it('the parts that are shown add up to the whole', async () => {
  const { ctx, ann, call, mariadb } = await withAnn()
  mariadb.answers['sites.usage'] = () => ({ sites: [{ bytes: Math.round(1.2 * MIB), files: 10 }] })
  mariadb.answers['databases.usage'] = ({ names }) => ({
    usage: names.map(() => ({ bytes: Math.round(1.3 * MIB), tables: 1 })),
  })
  addDump(ctx.db, { ...dump, bytes: Math.round(2.3 * MIB) })
  const { usage } = (await call('GET /api/users/{user}', { path: '/api/users/ann' })).body
  expect(usage).toMatchObject({
    diskMb: 7,
    full: false,
    parts: { sitesMb: 2, databasesMb: 2, dumpsMb: 3, uploadsMb: 0 },
  })
  expect((await call('GET /api/account', { headers: ann })).body.usage).toEqual(usage)
  for (const [limits, full] of [
    [{ diskMb: 7 }, false],
    [{ diskMb: 6 }, true],
    [{ diskMb: null, files: 10 }, true],
    [{ files: 11 }, false],
  ] as const) {
    await call('PATCH /api/users/{user}', { path: '/api/users/ann', body: { limits } })
    expect((await call('GET /api/account', { headers: ann })).body.usage.full, JSON.stringify(limits)).toBe(full)
  }
})
