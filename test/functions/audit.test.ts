import { expect, it } from 'vitest'
import { addAuditEntry, firstBrokenRow, pruneAudit } from '../../lib/panel/store/audit.ts'
import { openPanel, type Panel } from './_harness.ts'
import { putSite } from './_users.ts'

const entry = (index: number, at = '2026-11-23T00:00:00.000Z') => ({
  at,
  actor: 'ann',
  address: '192.0.2.1',
  action: 'site.update',
  object: `site${index}.test`,
  ok: index % 2 === 0,
  code: index % 2 === 0 ? null : 'refused',
  details: { index },
  before: { enabled: true },
  after: { enabled: false },
})

async function withEntries(count: number): Promise<Panel> {
  const panel = await openPanel()
  for (let index = 0; index < count; index++) addAuditEntry(panel.ctx.db, entry(index))
  return panel
}

it.each([
  ['changed', "UPDATE audit SET actor = 'bob' WHERE id = 4", 4],
  ['changed and hashed like another', 'UPDATE audit SET hash = (SELECT hash FROM audit WHERE id = 5) WHERE id = 4', 4],
  ['removed', 'DELETE FROM audit WHERE id = 4', 4],
  ['removed at the beginning', 'DELETE FROM audit WHERE id <= 2', 1],
  ['removed at the end', 'DELETE FROM audit WHERE id > 8', 9],
  ['put in', "INSERT INTO audit (at, address, action, ok, details) VALUES ('2026-11-23', 'x', 'y', 1, 'null')", 11],
  [
    'swapped',
    'UPDATE audit SET details = CASE id WHEN 4 THEN (SELECT details FROM audit WHERE id = 5) ELSE details END ' +
      'WHERE id = 4',
    4,
  ],
  ['emptied', 'DELETE FROM audit', 1],
])('a row that was %s is found', async (_what, sql, broken) => {
  const {
    ctx: { db },
  } = await withEntries(10)
  expect(firstBrokenRow(db)).toBeNull()
  db.sqlite.exec(sql)
  expect(firstBrokenRow(db)).toBe(broken)
})

it('what is pruned in time is no tampering', async () => {
  const {
    ctx: { db },
  } = await openPanel()
  for (let index = 0; index < 6; index++)
    addAuditEntry(db, entry(index, index < 3 ? '2020-01-01T00:00:00.000Z' : '2026-11-23T00:00:00.000Z'))
  expect(pruneAudit(db, (at) => at < Date.parse('2021-01-01T00:00:00.000Z'))).toBe(3)
  expect(firstBrokenRow(db)).toBeNull()
  addAuditEntry(db, entry(7))
  expect(firstBrokenRow(db)).toBeNull()
  db.sqlite.exec('DELETE FROM audit WHERE id = 4')
  expect(firstBrokenRow(db)).toBe(4)
})

it('is read in pages, filtered and exported, and every filter takes only what it means', async () => {
  const panel = await withEntries(250)
  await panel.signIn()
  const get = async (query: string) => (await panel.call('GET /api/audit', { path: `/api/audit?${query}` })).body
  const first = await get('action=site')
  expect([first.entries.length, first.more]).toEqual([100, true])
  expect((await get(`action=site&before=${first.entries.at(-1).id}`)).entries[0].object).toBe('site149.test')
  expect((await get('object=site7.test')).entries).toMatchObject([
    { id: 8, code: 'refused', before: { enabled: true }, after: { enabled: false } },
  ])
  expect((await get('ok=false&text=SITE24')).entries).toHaveLength(5)
  for (const hostile of ["text=' OR 1=1 --", 'text=%25', 'actor=_', "action=site' UNION SELECT 1", 'object=*'])
    expect((await get(hostile)).entries).toEqual([])
  for (const bad of [
    'before=-1',
    'before=1;DROP TABLE audit',
    'ok=yes',
    'from=yesterday',
    'order=id',
    `text=${'x'.repeat(300)}`,
  ]) {
    expect((await panel.call('GET /api/audit', { path: `/api/audit?${bad}` })).status).toBe(422)
  }
  const { body, headers } = await panel.call('GET /api/audit/export', { path: '/api/audit/export?action=site.update' })
  expect(headers.get('content-type')).toBe('application/x-ndjson')
  const lines = (body as string)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: number })
  expect(lines.map(({ id }) => id)).toEqual(Array.from({ length: 250 }, (_, i) => 250 - i))
  expect((await panel.call('GET /api/audit/verify')).body).toEqual({ intact: true, broken: null })
})

it('holds a thing before and after, and whose token did it, without secrets', async () => {
  const panel = await openPanel()
  await panel.signIn()
  putSite(panel, 'a.test', null)
  await panel.call('POST /api/users', { body: { username: 'ann', password: 'a canary of a password' } })
  await panel.call('PATCH /api/users/{user}', { path: '/api/users/ann', body: { limits: { sites: 3 } } })
  const { secret, id } = (await panel.call('POST /api/tokens', { body: { name: 'T', scopes: ['users:write'] } }))
    .body as { secret: string; id: string }
  await panel.call('DELETE /api/users/{user}', {
    path: '/api/users/ann',
    headers: { cookie: '', authorization: `Bearer ${secret}` },
  })
  const { entries } = (await panel.call('GET /api/audit', { path: '/api/audit?action=user' })).body as {
    entries: Record<string, never>[]
  }
  expect(entries).toMatchObject([
    {
      action: 'user.delete',
      object: 'ann',
      ok: true,
      before: { username: 'ann' },
      after: null,
      details: { by: `token:${id}` },
    },
    { action: 'user.update', before: { limits: { sites: null } }, after: { limits: { sites: 3 } } },
    { action: 'user.create', object: 'ann', details: { password: '(secret)' } },
  ])
  expect(JSON.stringify(panel.ctx.db.sqlite.prepare('SELECT * FROM audit').all())).not.toMatch(
    new RegExp(`canary|${secret}`),
  )
})
