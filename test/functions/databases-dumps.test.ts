import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { pruneDumps } from '../../lib/panel/databases/dumps.ts'
import type { ErrorCode } from '../../lib/model/error-codes.ts'
import { PanelError } from '../../lib/model/errors.ts'
import { deleteUnusedUploads } from '../../lib/panel/http/upload.ts'
import { listAuditEntries } from '../../lib/panel/store/audit.ts'
import { beginDatabaseRemoval, findDatabase } from '../../lib/panel/store/databases.ts'
import { addDump, listDumps } from '../../lib/panel/store/dumps.ts'
import { findJob } from '../../lib/panel/store/jobs.ts'
import { refuse, type Answers } from './_agent.ts'
import type { Answer, Panel } from './_harness.ts'
import { databaseOf, dumpOf, newDatabases, panelWithMariadb, stored, tokenFor } from './_mariadb.ts'
import { newUser } from './_users.ts'

const id = expect.stringMatching(/^[0-9a-f]{32}$/)
const DAY = 86_400_000
const sql = (body = 'SELECT 1;\n', type = 'application/sql') => ({ body, headers: { 'content-type': type } })

async function withShop(answers?: Answers) {
  const made = await panelWithMariadb(answers)
  await newDatabases(made.panel, { name: 'shop', user: 'ann' })
  made.mariadb.reset()
  return { ...made, of: databaseOf(made.panel, 'shop') }
}

/** An answer that waits until it is cancelled or let go, as the agent's would. */
function waiting<T>(answer: T) {
  const state = { begun: 0, cancelled: false, finish: () => {}, refuse: (_: PanelError) => {} }
  const work = () =>
    new Promise<T>((resolve, reject) => {
      state.begun++
      Object.assign(state, { finish: () => resolve(answer), refuse: reject })
    })
  const cancel = () => {
    state.cancelled = true
    state.refuse(new PanelError('cancelled', 409, 'This was cancelled'))
    return { found: true }
  }
  return { state, work, cancel }
}

const jobOf =
  ({ call }: Panel, job: string) =>
  (method: string, headers?: Record<string, string>): Promise<Answer> =>
    call(`${method} /api/jobs/{job}`, { path: `/api/jobs/${job}`, ...(headers && { headers }) })
const summaries = (answer: Answer) =>
  answer.body.map(({ database, reason, compression, bytes }: Record<string, unknown>) => [
    database,
    reason,
    compression,
    bytes,
  ])

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

describe('an export that is kept', () => {
  it.each(['none', 'gzip', 'zstd'] as const)('is written for a day: %s', async (compression) => {
    const { of, call, mariadb } = await withShop()
    const { body } = await of('POST', '/export', { body: { compression } })
    expect([body.state, body.result]).toEqual([
      'done',
      {
        id,
        database: 'shop',
        reason: 'export',
        compression,
        bytes: 99,
        owner: null,
        createdAt: expect.any(String),
        keptUntil: expect.any(String),
      },
    ])
    expect(Date.parse(body.result.keptUntil) - Date.parse(body.result.createdAt)).toBe(DAY)
    expect(mariadb.asked('databases.export')).toEqual([
      { name: 'shop', dump: body.result.id, compression, most: null, task: body.id },
    ])
    expect((await call('GET /api/dumps')).body).toEqual([body.result])
  })

  it('is zstd where nothing is said, and nothing else there is', async () => {
    const { of, mariadb } = await withShop()
    await of('POST', '/export', { body: {} })
    expect(mariadb.asked('databases.export')).toMatchObject([{ compression: 'zstd' }])
    for (const body of [{ compression: 'xz' }, { compression: '-c' }, { compression: ['gzip'] }, { x: 1 }])
      expect((await of('POST', '/export', { body })).status, JSON.stringify(body)).toBe(422)
  })

  it('that fails is none', async () => {
    const { of, call } = await withShop({ 'databases.export': refuse('disk_full') })
    expect((await of('POST', '/export', { body: {} })).body).toMatchObject({
      state: 'failed',
      error: { code: 'disk_full' },
    })
    expect((await call('GET /api/dumps')).body).toEqual([])
  })
})

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
    expect(await pruneDumps(ctx, new Date('2026-11-24T10:15:30.000Z')), 'to the last moment').toBe(0)
    expect(await pruneDumps(ctx, new Date('2026-11-24T10:15:30.001Z'))).toBe(1)
    expect(mariadb.asked('dumps.prune')).toEqual([
      { keep: [expect.any(String), expect.any(String)] },
      { keep: ['b'.repeat(32)] },
    ])
    expect(listDumps(ctx.db).map((dump) => dump.id[0])).toEqual(['b'])
  })

  it('of removals that a restart cut off are not pruned before the removal has ended', async () => {
    const { ctx, mariadb } = await withShop()
    beginDatabaseRemoval(ctx.db, 'shop', 'd'.repeat(32))
    await pruneDumps(ctx, new Date())
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

describe('cancelling', () => {
  it('is for whose job it is, who may, and what can be ended', async () => {
    const { state, work, cancel } = waiting({ bytes: 1 })
    const { panel, of, ctx, call } = await withShop({ 'databases.export': work, 'databases.cancel': cancel })
    const [ann, bob] = [await newUser(panel, 'zoe'), await newUser(panel, 'bob')]
    await call('POST /api/databases', { body: { name: 'zoes' }, headers: ann })
    const {
      body: { job },
    } = await databaseOf(panel, 'zoes')('POST', '/export', { body: {}, headers: { ...ann, prefer: '' } })
    await expect.poll(() => state.begun).toBe(1)
    expect(await jobOf(panel, job)('DELETE', bob)).toMatchObject({ status: 404, body: { code: 'job_not_found' } })
    expect(await jobOf(panel, job)('DELETE', await tokenFor(panel, ['jobs:read'], {}, ann))).toMatchObject({
      status: 403,
      body: { code: 'not_allowed' },
    })
    expect(state.cancelled).toBe(false)
    expect((await jobOf(panel, job)('DELETE', await tokenFor(panel, ['jobs:write'], {}, ann))).status).toBe(204)
    await expect.poll(() => findJob(ctx.db, job)?.state).toBe('failed')
    expect(await jobOf(panel, job)('DELETE', ann)).toMatchObject({
      status: 409,
      body: { code: 'job_not_cancellable', message: 'This job has ended already' },
    })
    let finish!: () => void
    const stubborn = ctx.jobs.start(
      { name: 'Work', path: '', subject: '', actor: 'admin' },
      () => new Promise<void>((resolve) => (finish = resolve)),
    )
    expect(await jobOf(panel, stubborn)('DELETE')).toMatchObject({
      status: 409,
      body: { code: 'job_not_cancellable', message: 'This job cannot be cancelled; it ends by itself' },
    })
    finish()
    expect((await jobOf(panel, crypto.randomUUID())('DELETE')).status).toBe(404)
    for (const hostile of ['..%2f', '$(id)', 'x'.repeat(64)])
      expect((await jobOf(panel, hostile)('DELETE')).status).toBeGreaterThanOrEqual(404)
    expect(findDatabase(ctx.db, 'zoes')?.pending).toBeNull()
    expect(listAuditEntries(ctx.db, 20).filter(({ action, ok }) => action === 'job.cancel' && ok)).toHaveLength(1)
    expect((await of('GET')).status).toBe(200)
  })

  it('that does not reach the agent ends nothing, and harms nobody', async () => {
    const { state, work } = waiting({ bytes: 1 })
    const { panel, of, mariadb } = await withShop({
      'databases.export': work,
      'databases.cancel': refuse('agent_unreachable'),
    })
    const {
      body: { job },
    } = await of('POST', '/export', { body: {}, headers: { prefer: '' } })
    await expect.poll(() => state.begun).toBe(1)
    expect((await jobOf(panel, job)('DELETE')).status).toBe(204)
    expect(findJob(panel.ctx.db, job)?.state).toBe('running')
    state.finish()
    await expect.poll(() => findJob(panel.ctx.db, job)?.state).toBe('done')
    expect(mariadb.asked('databases.cancel')).toHaveLength(1)
  })
})
