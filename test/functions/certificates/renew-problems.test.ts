import { expect, it } from 'vitest'
import { findSite } from '../../../lib/panel/store/sites.ts'
import { refuse } from '../_agent.ts'
import { DAY, elsewhere, newFacts, rowOf } from '../_authority.ts'
import { withRenewals } from './_renewals.ts'

it('one that fails holds none of the others up, and is tried again with growing pauses', async () => {
  const { panel, authority, turn, site, alerts } = await withRenewals({
    'certificates.issue': ({ subject, names }) =>
      subject === 'a.test' ? refuse('challenge_failed')() : { facts: newFacts(names), asked: true },
  })
  site('a.test', 65)
  site('b.test', 65)
  const now = Date.now()
  expect(await turn(now)).toEqual({ renewed: ['b.test'], failed: ['a.test'] })
  const next = () => (Date.parse(rowOf(panel, 'a.test')!.nextTry!) - now) / 3_600_000
  expect([rowOf(panel, 'a.test')?.failures, rowOf(panel, 'a.test')?.problem, next()]).toEqual([
    1,
    'It said challenge_failed.',
    6,
  ])
  expect(alerts(), 'a first failure bothers nobody').toEqual([])
  authority.reset()
  expect(await turn(now + 5 * 3_600_000), 'it waits').toEqual({ renewed: [], failed: [] })
  expect(authority.order()).toEqual(['certificates.selfSigned'])
  expect(await turn(now + 6 * 3_600_000)).toEqual({ renewed: [], failed: ['a.test'] })
  expect([rowOf(panel, 'a.test')?.failures, next()]).toEqual([2, 18])
  expect(alerts()).toEqual([
    [
      'certificate:a.test',
      'warning',
      'a.test: its certificate expires in 24 days and could not be renewed. It said challenge_failed.',
    ],
  ])
  authority.answers = {}
  expect(await turn(now + 18 * 3_600_000)).toEqual({ renewed: ['a.test'], failed: [] })
  expect([alerts(), rowOf(panel, 'a.test')?.failures]).toEqual([[], 0])
})

it('an authority that says how long it wants to be left alone is', async () => {
  const retryAfter = new Date(Date.now() + 5 * DAY).toISOString()
  const { panel, turn, site } = await withRenewals({
    'certificates.issue': refuse('rate_limited', 429, { retryAfter }),
  })
  site('a.test', 61)
  await turn()
  expect(rowOf(panel, 'a.test')?.nextTry).toBe(retryAfter)
})

it('an alias that leads elsewhere is left out, and told of; the others keep theirs', async () => {
  const { panel, authority, turn, site, alerts } = await withRenewals({ 'certificates.check': elsewhere('gone.test') })
  site('a.test', 61, {}, ['www.a.test', 'gone.test'])
  const now = Date.now()
  expect(await turn(now)).toEqual({ renewed: ['a.test'], failed: [] })
  expect(authority.asked('certificates.issue')).toMatchObject([{ names: ['a.test', 'www.a.test'] }])
  expect(findSite(panel.ctx.db, 'a.test')?.spec.certificate?.names).toEqual(['a.test', 'www.a.test'])
  expect(alerts()).toEqual([
    ['certificate:a.test', 'warning', 'a.test: its certificate does not cover gone.test. gone.test is elsewhere.'],
  ])
  authority.reset()
  expect(await turn(now + DAY / 2), 'alone it is not worth a certificate').toEqual({ renewed: [], failed: ['a.test'] })
  expect(authority.order()).toEqual(['certificates.selfSigned', 'certificates.check'])
  expect(alerts()).toEqual([
    ['certificate:a.test', 'warning', 'a.test: its certificate does not cover gone.test. gone.test is elsewhere.'],
  ])
  authority.answers = {}
  expect(await turn(now + DAY)).toEqual({ renewed: ['a.test'], failed: [] })
  expect([rowOf(panel, 'a.test')?.facts?.names, alerts()]).toEqual([['a.test', 'www.a.test', 'gone.test'], []])
})

it('where the first name leads elsewhere nobody is asked, and somebody hears at once', async () => {
  const { panel, authority, turn, site, alerts } = await withRenewals({ 'certificates.check': elsewhere('a.test') })
  const facts = site('a.test', 61, {}, ['www.a.test'])
  expect(await turn()).toEqual({ renewed: [], failed: ['a.test'] })
  expect(authority.order()).toEqual(['certificates.selfSigned', 'certificates.check'])
  expect(alerts()).toEqual([
    [
      'certificate:a.test',
      'warning',
      'a.test: its certificate expires in 28 days and could not be renewed; no authority is asked until that ' +
        'is repaired. a.test is elsewhere.',
    ],
  ])
  expect(rowOf(panel, 'a.test')?.facts).toEqual(facts)
  expect(panel.ctx.db.sqlite.prepare('SELECT asked, ok, code FROM certificate_attempts').all()).toEqual([
    { asked: 0, ok: 0, code: 'dns_elsewhere' },
  ])
})
