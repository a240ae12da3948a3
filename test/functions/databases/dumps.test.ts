import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pruneDumps } from '../../../lib/panel/databases/dumps.ts'
import { listAuditEntries } from '../../../lib/panel/store/audit.ts'
import { beginDatabaseRemoval } from '../../../lib/panel/store/databases.ts'
import { addDump, listDumps } from '../../../lib/panel/store/dumps.ts'
import { agesAt } from '../../_clock.ts'
import { refuse } from '../_agent.ts'
import type { Panel } from '../_harness.ts'
import { dumpOf } from '../_mariadb.ts'
import { id, withShop } from './_shop.ts'

describe('dumps', () => {
  const put = ({ ctx }: Panel, digit: string, more: object = {}) =>
    addDump(ctx.db, {
      id: digit.repeat(32),
      database: 'shop',
      reason: 'export',
      compression: 'gzip',
      bytes: 5,
      owner: null,
      site: null,
      createdAt: '2026-11-23T10:15:30.000Z',
      keptUntil: '2026-11-24T10:15:30.000Z',
      ...more,
    })

  it('are listed, the newest first, and by database', async () => {
    const { panel, call } = await withShop()
    put(panel, 'a')
    put(panel, 'b', { database: 'blog', createdAt: '2026-11-23T11:00:00.000Z' })
    const ids = async (path = '/api/dumps') =>
      (await call('GET /api/dumps', { path })).body.map((dump: { id: string }) => dump.id[0])
    expect([await ids(), await ids('/api/dumps?database=shop'), await ids('/api/dumps?database=none')]).toEqual([
      ['b', 'a'],
      ['a'],
      [],
    ])
  })

  it.each([
    ['none', 'application/sql', 'sql'],
    ['gzip', 'application/gzip', 'sql.gz'],
    ['zstd', 'application/zstd', 'sql.zst'],
  ] as const)('are downloaded under a name that says what they are: %s', async (compression, type, extension) => {
    const { panel, app, directories } = await withShop()
    put(panel, 'a', { compression })
    writeFileSync(join(directories.dumps, 'a'.repeat(32)), 'dump!')
    const { secret } = (await panel.call('POST /api/tokens', { body: { name: 'T', scopes: ['databases:read'] } }))
      .body as { secret: string }
    const response = await app.fetch(
      new Request(`https://panel.test:8080/api/dumps/${'a'.repeat(32)}`, {
        headers: { host: 'panel.test:8080', authorization: `Bearer ${secret}` },
      }),
    )
    expect([
      response.status,
      response.headers.get('content-type'),
      response.headers.get('content-disposition'),
      response.headers.get('content-length'),
      response.headers.get('cache-control'),
      await response.text(),
    ]).toEqual([200, type, `attachment; filename="shop-202611231015.${extension}"`, '5', 'no-store', 'dump!'])
  })

  it('whose file is gone are not found, nor are those that never were', async () => {
    const { panel } = await withShop()
    put(panel, 'a')
    for (const digit of ['a', 'b'])
      expect(await dumpOf(panel, digit.repeat(32))('GET')).toMatchObject({
        status: 404,
        body: { code: 'dump_not_found' },
      })
    for (const hostile of [
      '..%2f..%2fetc%2fpasswd',
      'A'.repeat(32),
      'a'.repeat(31),
      'a'.repeat(33),
      '-rf',
      `.${'a'.repeat(31)}`,
    ])
      expect((await dumpOf(panel, hostile)('GET')).status, hostile).toBe(422)
  })

  it('are removed before their time', async () => {
    const { panel, mariadb, ctx } = await withShop()
    put(panel, 'a')
    expect((await dumpOf(panel, 'a'.repeat(32))('DELETE')).status).toBe(204)
    expect([mariadb.asked('dumps.remove'), listDumps(ctx.db)]).toEqual([[{ ids: ['a'.repeat(32)] }], []])
    expect(listAuditEntries(ctx.db, 1)).toMatchObject([{ action: 'dump.delete', before: { database: 'shop' } }])
    put(panel, 'b')
    mariadb.answers['dumps.remove'] = refuse('agent_unreachable')
    expect((await dumpOf(panel, 'b'.repeat(32))('DELETE')).body.code).toBe('agent_unreachable')
    expect(listDumps(ctx.db), 'as long as its file is there').toHaveLength(1)
  })

  it('are deleted when their time is over, and their files then', async () => {
    const { panel, ctx, mariadb } = await withShop()
    put(panel, 'a')
    put(panel, 'b', { keptUntil: '2026-11-25T10:15:30.000Z' })
    expect(await pruneDumps(ctx, agesAt('2026-11-24T10:15:30.000Z')), 'to the last moment').toBe(0)
    expect(await pruneDumps(ctx, agesAt('2026-11-24T10:15:30.001Z'))).toBe(1)
    expect(mariadb.asked('dumps.prune')).toEqual([
      { keep: [expect.any(String), expect.any(String)] },
      { keep: ['b'.repeat(32)] },
    ])
    expect(listDumps(ctx.db).map((dump) => dump.id[0])).toEqual(['b'])
  })

  it('of removals that a restart cut off are not pruned before the removal has ended', async () => {
    const { ctx, mariadb } = await withShop()
    beginDatabaseRemoval(ctx.db, 'shop', 'd'.repeat(32))
    await pruneDumps(ctx, agesAt())
    expect(mariadb.asked('dumps.prune')).toEqual([{ keep: ['d'.repeat(32)] }])
  })

  it('are restored', async () => {
    const { panel, mariadb } = await withShop()
    put(panel, 'a', { database: 'gone', reason: 'deleted' })
    const restore = (database: unknown, digit = 'a') =>
      dumpOf(panel, digit.repeat(32))('POST', '/restore', { body: { database } })
    const { body } = await restore('shop')
    expect([body.state, body.result]).toEqual(['done', { before: id, notes: [] }])
    expect(mariadb.asked('databases.import')).toEqual([
      {
        name: 'shop',
        charset: 'utf8mb4',
        from: { kind: 'dump', id: 'a'.repeat(32) },
        copy: body.result.before,
        most: null,
        task: body.id,
      },
    ])
    expect(await restore('none')).toMatchObject({ status: 404, body: { code: 'database_not_found' } })
    expect(await restore('shop', 'e')).toMatchObject({
      status: 200,
      body: { state: 'failed', error: { code: 'dump_not_found' } },
    })
    for (const hostile of ['../x', '$(id)', 'mysql', 7, null]) expect((await restore(hostile)).status).toBe(422)
  })
})
