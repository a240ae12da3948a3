import { describe, expect, it } from 'vitest'
import { listAuditEntries } from '../../../lib/panel/store/audit.ts'
import { findJob } from '../../../lib/panel/store/jobs.ts'
import { refuse } from '../_agent.ts'
import { databaseOf, newDatabases, stored } from '../_mariadb.ts'
import { DAY, id, jobOf, sql, waiting, withShop } from './_shop.ts'

describe('deleting a database', () => {
  it('is a job, and keeps a dump for thirty days', async () => {
    const { panel, of, call, ctx, mariadb } = await withShop()
    const { status, body } = await of('DELETE')
    expect([status, body.state, body.result]).toEqual([200, 'done', { dump: id }])
    const { dump } = body.result as { dump: string }
    expect(mariadb.asked('databases.remove')).toEqual([{ name: 'shop', users: ['ann'], dump, task: body.id }])
    expect(stored(panel)).toMatchObject({ databases: [], database_users: [], dumps: [{ id: dump }] })
    const [kept] = (await call('GET /api/dumps')).body
    expect(kept).toEqual({
      id: dump,
      database: 'shop',
      reason: 'deleted',
      compression: 'zstd',
      bytes: 4242,
      owner: null,
      createdAt: expect.any(String),
      keptUntil: expect.any(String),
    })
    expect(Date.parse(kept.keptUntil) - Date.parse(kept.createdAt)).toBe(30 * DAY)
    expect(listAuditEntries(ctx.db, 1)).toMatchObject([{ action: 'database.delete', object: 'shop', ok: true }])
    await newDatabases(panel, { name: 'shop', user: 'ann' })
  })

  it('keeps none where none is wanted, or nothing was there', async () => {
    const { panel, of, mariadb } = await withShop()
    expect((await of('DELETE', '?dump=false')).body.result).toEqual({ dump: null })
    expect(mariadb.asked('databases.remove')).toMatchObject([{ dump: null }])
    await newDatabases(panel, { name: 'blog' })
    mariadb.databases.delete('blog')
    expect((await databaseOf(panel, 'blog')('DELETE')).body.result).toEqual({ dump: null })
    expect(stored(panel)).toEqual({ databases: [], database_users: [], dumps: [], pending_changes: [] })
    for (const query of ['?dump=no', '?dump=', '?dump=true&x=1'])
      expect((await of('DELETE', query)).status, query).toBe(422)
  })

  it('that the agent refuses leaves everything', async () => {
    const { panel, of, ctx } = await withShop({ 'databases.remove': refuse('dump_failed', 503) })
    const before = stored(panel)
    expect((await of('DELETE')).body).toMatchObject({ state: 'failed', error: { code: 'dump_failed' }, result: null })
    expect(stored(panel)).toEqual(before)
    expect(
      listAuditEntries(ctx.db, 2)
        .map(({ action, ok, code }) => [action, ok, code])
        .sort(),
    ).toEqual([
      ['database.delete', false, 'dump_failed'],
      ['database.delete', true, null],
    ])
  })

  it('may be cancelled while its dump is written: it stays', async () => {
    const { state, work, cancel } = waiting({ bytes: 1 })
    const { panel, of, mariadb } = await withShop({ 'databases.remove': work, 'databases.cancel': cancel })
    const before = stored(panel)
    const {
      status,
      body: { job },
    } = await of('DELETE', '', { headers: { prefer: '' } })
    expect(status).toBe(202)
    await expect.poll(() => state.begun).toBe(1)
    expect((await of('GET')).body.state).toBe('deleting')
    expect(await of('POST', '/users', { body: { username: 'bob', grant: 'read' } })).toMatchObject({
      status: 409,
      body: { code: 'database_busy' },
    })
    for (const [method, below, options] of [
      ['DELETE', '', {}],
      ['POST', '/import', sql()],
      ['POST', '/export', { body: {} }],
    ] as const)
      expect(await of(method, below, options)).toMatchObject({ status: 409, body: { code: 'database_busy' } })
    expect((await jobOf(panel, job)('GET')).body).toMatchObject({ state: 'running', cancellable: true })
    expect((await jobOf(panel, job)('DELETE')).status).toBe(204)
    await expect.poll(() => findJob(panel.ctx.db, job)?.state).toBe('failed')
    expect(mariadb.asked('databases.cancel')).toEqual([{ task: job }])
    expect((await jobOf(panel, job)('GET')).body).toMatchObject({ cancellable: false, error: { code: 'cancelled' } })
    expect(stored(panel)).toEqual(before)
  })
})
