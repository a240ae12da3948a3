import { expect, it } from 'vitest'
import { audit } from '../../lib/panel/auth/audit.ts'
import { recordLeftOut } from '../../lib/panel/auth/audit-pace.ts'
import { cut } from '../../lib/panel/auth/audit-size.ts'
import { firstBrokenRow, listAuditEntries } from '../../lib/panel/store/audit.ts'
import { openPanel, type Panel } from './_harness.ts'
import { newUser, putSite } from './_users.ts'

const bytesOnRecord = ({ ctx }: Panel): number =>
  (
    ctx.db.sqlite
      .prepare('SELECT sum(length(details) + coalesce(length(before), 0) + coalesce(length(after), 0)) AS n FROM audit')
      .get() as { n: number }
  ).n

const doer = {
  identity: {
    username: 'ann',
    role: 'user',
    key: 'session:1',
    hasSession: true,
    site: null,
    expiresAt: null,
    may: () => true,
  },
  address: '192.0.2.1',
} as const
const input = { params: { site: 'a.test' }, body: { enabled: true }, query: {} }

const aliases = Array.from(
  { length: 100 },
  (_, i) => `${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(50)}.a${i}.test`,
)

it('a flood of large refusals leaves less than a megabyte, and a row that counts them', async () => {
  const panel = await openPanel()
  const large = { ...input, body: { aliases } }
  const [calls, size] = [3500, JSON.stringify(large.body).length]
  expect(calls * size, 'what it would be').toBeGreaterThan(64_000_000)
  for (let index = 0; index < calls; index++) {
    audit(panel.ctx, 'site.update', { ...doer, input: large, before: large.body, after: large.body, code: 'site_busy' })
  }
  expect(bytesOnRecord(panel)).toBeLessThan(500_000)
  expect(listAuditEntries(panel.ctx.db, 5000)).toHaveLength(60)
  recordLeftOut(panel.ctx)
  expect(listAuditEntries(panel.ctx.db, 1)[0]).toMatchObject({
    actor: 'ann',
    action: 'audit.left-out',
    object: 'ann',
    ok: false,
    code: 'too_many_refusals',
    details: { leftOut: { 'site.update': calls - 60 }, since: expect.any(String) },
  })
  expect(firstBrokenRow(panel.ctx.db)).toBeNull()
})

it('a call with a large body has a short row, which says how much was left out', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const ann = await newUser(panel, 'ann')
  putSite(panel, 'ann.test', 'ann')
  expect(
    (await panel.call('PATCH /api/sites/{site}', { path: '/api/sites/ann.test', body: { aliases }, headers: ann }))
      .status,
  ).toBe(503)
  const [row] = listAuditEntries(panel.ctx.db, 1)
  expect(row).toMatchObject({ actor: 'ann', ok: false, before: { domain: 'ann.test' } })
  expect(JSON.stringify(row!.details)).toMatch(/"\(left out: \d+ more\)"/)
  expect(JSON.stringify(row!.details).length).toBeLessThan(JSON.stringify(aliases).length / 5)
})

it('every change that was made is on record, however many', async () => {
  const panel = await openPanel()
  for (let index = 0; index < 400; index++)
    audit(panel.ctx, 'site.update', { ...doer, input, before: { index }, after: { index }, code: null })
  const rows = listAuditEntries(panel.ctx.db, 1000)
  expect(rows).toHaveLength(400)
  expect(rows.filter(({ before }) => before !== null).map(({ before }) => before)).toEqual(
    Array.from({ length: 300 }, (_, i) => ({ index: 299 - i })),
  )
  expect(rows[0]).toMatchObject({
    actor: 'ann',
    object: 'a.test',
    ok: true,
    details: { '(left out)': 'more than 300 changes in this minute' },
  })
  recordLeftOut(panel.ctx)
  expect(listAuditEntries(panel.ctx.db, 1000)).toHaveLength(400)
})

it('counts each person and network by itself, and all strangers together', async () => {
  const panel = await openPanel()
  const refuse = (address: string) =>
    audit(panel.ctx, 'session.create', {
      identity: null,
      address,
      input: { params: {}, body: { username: 'u'.repeat(1000) }, query: {} },
      before: undefined,
      after: undefined,
      code: 'wrong_credentials',
    })
  for (let index = 0; index < 70; index++) refuse('192.0.2.9')
  for (let index = 0; index < 400; index++) refuse(`198.51.100.${index}`)
  const rows = listAuditEntries(panel.ctx.db, 1000)
  expect([rows.length, rows.filter(({ address }) => address === '192.0.2.9').length]).toEqual([290, 60])
  expect(rows[0]!.actor).toMatch(/^u{200}… \(1000 characters\)$/)
  audit(panel.ctx, 'site.update', { ...doer, input, before: undefined, after: undefined, code: 'site_busy' })
  expect(listAuditEntries(panel.ctx.db, 1)[0]).toMatchObject({ actor: 'ann', code: 'site_busy' })
  recordLeftOut(panel.ctx)
  const counted = listAuditEntries(panel.ctx.db, 1000)
    .filter(({ action }) => action === 'audit.left-out')
    .map(({ object, details }) => [object, details])
  expect(Object.fromEntries(counted)).toMatchObject({
    '192.0.2.9': { leftOut: { 'session.create': 10 } },
    '(strangers)': { leftOut: { 'session.create': 170 } },
  })
  expect(firstBrokenRow(panel.ctx.db)).toBeNull()
})

it.each([
  ['a long text', { text: '\u0000é😀'.repeat(100_000) }],
  ['many items', Array.from({ length: 50_000 }, (_, i) => i)],
  ['many names', Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`name${i}`, i]))],
  ['long names', { ['n'.repeat(100_000)]: 1, more: 2 }],
  ['deep', Array.from({ length: 200 }).reduce<object>((inner) => ({ inner, text: 'x'.repeat(100) }), {})],
  ['many texts', Array(1000).fill('x'.repeat(1000))],
  ['a text alone', 'x'.repeat(100_000)],
])('cuts what is large and says so: %s', (_what, value) => {
  const text = JSON.stringify(cut(value))
  expect(Buffer.byteLength(text)).toBeLessThan(8_192)
  expect(text).toMatch(/left out|… \(\d+ characters\)/)
})

it('leaves what is short as it is', () => {
  for (const value of [undefined, null, 0, '', 'text', [], { a: [1, { b: null }] }, { text: 'x'.repeat(2000) }])
    expect(cut(value)).toEqual(value)
})
