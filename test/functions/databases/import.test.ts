import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { ErrorCode } from '../../../lib/model/error-codes.ts'
import { deleteUnusedUploads } from '../../../lib/panel/http/upload.ts'
import { listDumps } from '../../../lib/panel/store/dumps.ts'
import { findJob } from '../../../lib/panel/store/jobs.ts'
import { refuse } from '../_agent.ts'
import type { Answer } from '../_harness.ts'
import { databaseOf } from '../_mariadb.ts'
import { DAY, id, jobOf, sql, waiting, withShop } from './_shop.ts'

const summaries = (answer: Answer) =>
  answer.body.map(({ database, reason, compression, bytes }: Record<string, unknown>) => [
    database,
    reason,
    compression,
    bytes,
  ])

describe('an import', () => {
  it('reaches the agent byte for byte, and the upload is gone with the job', async () => {
    const seen: unknown[] = []
    const { of, directories, uploads, mariadb, panel } = await withShop({
      'databases.import': ({ from }) => {
        seen.push(readFileSync(join(directories.uploads, from.id), 'utf8'))
        return { copyBytes: 77, notes: ['Left out once: the definer admin'] }
      },
    })
    const content = `-- $(id) \`id\` größe \u{1f600} %_\n${'INSERT INTO a VALUES (1);\n'.repeat(100_000)}`
    const { status, body } = await of('POST', '/import', sql(content))
    expect([status, body.state, body.result]).toEqual([
      200,
      'done',
      { before: id, notes: ['Left out once: the definer admin'] },
    ])
    expect(seen[0] === content).toBe(true)
    expect(mariadb.asked('databases.import')).toEqual([
      {
        name: 'shop',
        charset: 'utf8mb4',
        from: { kind: 'upload', id },
        copy: body.result.before,
        most: null,
        task: body.id,
      },
    ])
    expect(uploads()).toEqual([])
    expect(summaries(await panel.call('GET /api/dumps'))).toEqual([['shop', 'before-import', 'zstd', 77]])
    const [kept] = listDumps(panel.ctx.db)
    expect(Date.parse(kept!.keptUntil) - Date.parse(kept!.createdAt)).toBe(3 * DAY)
  })

  it('into what was empty keeps no copy', async () => {
    const { of, call } = await withShop({ 'databases.import': () => ({ copyBytes: null, notes: [] }) })
    expect((await of('POST', '/import', sql())).body.result).toEqual({ before: null, notes: [] })
    expect((await call('GET /api/dumps')).body).toEqual([])
  })

  it('is answered at once with the job’s address', async () => {
    const { state, work } = waiting({ copyBytes: null, notes: [] })
    const { of, panel, uploads } = await withShop({ 'databases.import': work })
    const { status, headers, body } = await of('POST', '/import', {
      ...sql(),
      headers: { 'content-type': 'application/sql', prefer: '' },
    })
    expect([status, headers.get('location')]).toEqual([202, `/api/jobs/${body.job}`])
    await expect.poll(() => state.begun).toBe(1)
    expect(uploads()).toHaveLength(1)
    state.finish()
    await expect.poll(() => findJob(panel.ctx.db, body.job)?.state).toBe('done')
    expect(uploads()).toEqual([])
  })

  it.each<ErrorCode>(['not_a_dump', 'dump_truncated', 'dump_refused', 'not_put_back', 'agent_lost'])(
    'that fails leaves no upload and no copy on record: %s',
    async (code) => {
      const { of, uploads, call } = await withShop({ 'databases.import': refuse(code) })
      expect((await of('POST', '/import', sql())).body).toMatchObject({ state: 'failed', error: { code } })
      expect([uploads(), (await call('GET /api/dumps')).body]).toEqual([[], []])
    },
  )

  it('that is cancelled leaves no upload', async () => {
    const { state, work, cancel } = waiting({ copyBytes: 1, notes: [] })
    const { of, panel, uploads } = await withShop({ 'databases.import': work, 'databases.cancel': cancel })
    const {
      body: { job },
    } = await of('POST', '/import', { ...sql(), headers: { 'content-type': 'application/sql', prefer: '' } })
    await expect.poll(() => state.begun).toBe(1)
    expect((await jobOf(panel, job)('DELETE')).status).toBe(204)
    await expect.poll(() => findJob(panel.ctx.db, job)?.error?.code).toBe('cancelled')
    expect([uploads(), listDumps(panel.ctx.db)]).toEqual([[], []])
  })

  it.each([
    undefined,
    '',
    'application/json',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'text/html',
    'application/sql2',
    'application/sql\tx',
  ])('of another type is refused, and nothing is kept: %s', async (type) => {
    const { of, uploads, mariadb, call } = await withShop()
    expect(await of('POST', '/import', { body: 'SELECT 1', headers: { 'content-type': type ?? '' } })).toMatchObject({
      status: 415,
      body: { code: 'unsupported_media_type' },
    })
    expect([uploads(), mariadb.order(), (await call('GET /api/jobs')).body.jobs]).toEqual([[], [], []])
  })

  it.each([
    'application/sql',
    'application/gzip',
    'application/zstd',
    'application/octet-stream',
    'text/plain; charset=utf-8',
    'Text/X-SQL',
    'application/x-sql',
    'application/x-gzip',
  ])('of this type is taken: %s', async (type) => {
    const { of } = await withShop()
    expect((await of('POST', '/import', sql('x', type))).body.state).toBe('done')
  })

  it('into what is not there is refused before anything is received', async () => {
    const { panel, uploads, mariadb } = await withShop()
    expect(await databaseOf(panel, 'none')('POST', '/import', sql())).toMatchObject({
      status: 404,
      body: { code: 'database_not_found' },
    })
    expect((await databaseOf(panel, 'shop')('POST', '/import?plan=true', sql())).body).toEqual({ changes: [] })
    expect([uploads(), mariadb.order()]).toEqual([[], []])
  })

  it('that cannot be noted as a job leaves no upload', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue()
    onTestFinished(() => log.mockRestore())
    const { of, ctx, uploads, mariadb } = await withShop()
    vi.spyOn(ctx.jobs, 'start').mockImplementation(() => {
      throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
    })
    expect(await of('POST', '/import', sql())).toMatchObject({ status: 507, body: { code: 'disk_full' } })
    expect([uploads(), mariadb.order()]).toEqual([[], []])
  })

  it('that a restart cut off leaves no upload', async () => {
    const { directories, uploads } = await withShop()
    writeFileSync(join(directories.uploads, 'a'.repeat(32)), 'half')
    mkdirSync(join(directories.uploads, 'a directory', 'in its place'), { recursive: true })
    await deleteUnusedUploads()
    expect(uploads()).toEqual([])
  })
})
