import { expect, it } from 'vitest'
import { addAuditEntry, listAuditEntries } from '../../../lib/panel/store/audit.ts'
import { increment } from '../../../lib/panel/store/counters.ts'
import { addAttempt } from '../../../lib/panel/store/certificate-attempts.ts'
import { pruneStore } from '../../../lib/panel/store/prune.ts'
import { agesAt } from '../../_clock.ts'
import { openPanel } from '../_harness.ts'

it('kept values expire, and are pruned', async () => {
  const {
    ctx: { kv, db },
  } = await openPanel()
  await kv.set('short', { a: 1 }, 1000)
  await kv.set('long', 'x', null)
  expect([await kv.get('short', 999), await kv.get('short', 1000), await kv.get('long', 1e15)]).toEqual([
    { a: 1 },
    null,
    'x',
  ])
  expect(kv.prune((at) => at <= 1000)).toBe(1)
  expect(kv.prune((at) => at <= 1000)).toBe(0)
  addAuditEntry(db, {
    at: '2020-01-01T00:00:00.000Z',
    actor: null,
    address: '',
    action: 'old',
    object: null,
    ok: true,
    code: null,
    details: null,
    before: undefined,
    after: undefined,
  })
  for (const days of [31, 29])
    addAttempt(db, {
      subject: 'a.test',
      at: new Date(Date.now() - days * 86_400_000).toISOString(),
      kind: 'request',
      names: ['a.test'],
      asked: true,
      ok: true,
      code: null,
      message: null,
    })
  expect(pruneStore({ db, kv }, agesAt())).toBe(2)
  expect(listAuditEntries(db, 10)).toEqual([])
  expect(db.sqlite.prepare('SELECT count(*) AS n FROM certificate_attempts').get()).toEqual({ n: 1 })
  expect([1, 2, 3].map(() => increment(db, 'k', 100, 50).count)).toEqual([1, 2, 3])
  expect(increment(db, 'k', 100, 150)).toEqual({ count: 1, expiresAt: 250 })
})
