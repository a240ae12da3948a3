import { beforeEach, expect, it, vi } from 'vitest'
import { renewCertificates } from '../../lib/panel/certificates/renew.ts'
import { listAlerts } from '../../lib/panel/store/alerts.ts'
import { findSite, settleChange, beginRemoval } from '../../lib/panel/store/sites.ts'
import { refuse, type Answers } from './_agent.ts'
import { DAY, newFacts, putCertificate, rowOf, withAuthority } from './_authority.ts'
import { openPanel } from './_harness.ts'
import { putSite } from './_users.ts'

beforeEach(() => void vi.spyOn(console, 'log').mockReturnValue())

/** A panel whose sites and certificates are only in its store, and a turn of the hook. */
async function withRenewals(answers?: Answers) {
  const panel = await openPanel()
  const authority = withAuthority(panel.ctx, answers)
  const turn = (now = Date.now()) => renewCertificates(panel.ctx, now)
  const site = (
    domain: string,
    age: number,
    more: Parameters<typeof putCertificate>[2] = {},
    aliases: string[] = [],
  ) => {
    putSite(panel, domain, null, { aliases })
    return putCertificate(panel, domain, { age, covered: [domain, ...aliases], ...more })
  }
  const alerts = () => listAlerts(panel.ctx.db).map(({ key, severity, message }) => [key, severity, message])
  return { panel, authority, turn, site, alerts }
}

const elsewhere =
  (...names: string[]): Answers['certificates.check'] =>
  ({ names: asked }) => ({
    addresses: [],
    problems: names
      .filter((name) => asked.includes(name))
      .map((name) => ({ name, code: 'dns_elsewhere', message: `${name} is elsewhere.` })),
  })

it('what is due is renewed without a try before, served together, and kept', async () => {
  const { panel, authority, turn, site, alerts } = await withRenewals()
  const old = site('a.test', 61)
  site('b.test', 59)
  site('c.test', 80, {
    keyType: 'rsa',
    challenge: 'dns-01',
    dnsProvider: 'gandi',
    names: ['*.c.test', 'c.test'],
    covered: ['*.c.test', 'c.test'],
    failures: 3,
    nextTry: new Date(Date.now() - 1).toISOString(),
    problem: 'old',
  })
  expect(await turn()).toEqual({ renewed: ['a.test', 'c.test'], failed: [] })
  expect(authority.order().slice(0, 5).sort()).toEqual([
    'certificates.check',
    'certificates.issue',
    'certificates.issue',
    'certificates.selfSigned',
    'sites.apply',
  ])
  const asked = authority.asked('certificates.issue') as { subject: string }[]
  expect(asked.toSorted((a, b) => a.subject.localeCompare(b.subject))).toMatchObject([
    { subject: 'a.test', names: ['a.test'], challenge: 'http-01', current: old.id, dryRun: false },
    {
      subject: 'c.test',
      names: ['*.c.test', 'c.test'],
      challenge: 'dns-01',
      dnsProvider: 'gandi',
      keyType: 'rsa',
      dryRun: false,
    },
  ])
  const row = rowOf(panel, 'c.test')!
  expect(row).toMatchObject({
    source: 'acme',
    names: ['*.c.test', 'c.test'],
    failures: 0,
    nextTry: null,
    problem: null,
  })
  expect(findSite(panel.ctx.db, 'c.test')?.spec.certificate).toEqual({ id: row.facts!.id, names: row.facts!.names })
  expect(
    panel.ctx.db.sqlite.prepare('SELECT subject, kind, asked, ok FROM certificate_attempts ORDER BY subject').all(),
  ).toEqual(['a.test', 'c.test'].map((subject) => ({ subject, kind: 'renewal', asked: 1, ok: 1 })))
  expect(alerts()).toEqual([])
  authority.reset()
  expect(await turn()).toEqual({ renewed: [], failed: [] })
  expect(authority.order()).toEqual(['certificates.selfSigned'])
})

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

it('one whose files are gone is renewed at once, though it lasts', async () => {
  const { authority, turn, site, alerts } = await withRenewals({
    'certificates.state': ({ versions }) => ({
      broken: versions.filter(({ id }) => id === old?.id).map(({ subject }) => subject),
    }),
  })
  const old = site('a.test', 1)
  site('b.test', 1)
  expect(await turn()).toEqual({ renewed: ['a.test'], failed: [] })
  expect(alerts()).toEqual([])
  authority.answers['certificates.state'] = () => ({ broken: ['a.test'] })
  authority.answers['certificates.issue'] = refuse('authority_unreachable')
  expect(await turn()).toEqual({ renewed: [], failed: ['a.test'] })
  expect(alerts()).toMatchObject([
    [
      'certificate:a.test',
      'critical',
      expect.stringContaining('missing or damaged, so visitors get a self-signed one. It said authority_unreachable.'),
    ],
  ])
})

it('one’s own is never asked for, but told of in its last 30 days', async () => {
  const { authority, turn, site, alerts } = await withRenewals({
    'certificates.state': () => ({ broken: ['gone.test'] }),
  })
  site('a.test', 59, { source: 'own', challenge: null })
  site('b.test', 61, { source: 'own', challenge: null })
  site('c.test', 91, { source: 'own', challenge: null })
  site('gone.test', 1, { source: 'own', challenge: null })
  expect(await turn()).toEqual({ renewed: [], failed: [] })
  expect(authority.order()).toEqual(['certificates.selfSigned'])
  expect(alerts().map(([key, severity]) => [key, severity])).toEqual([
    ['certificate:c.test', 'critical'],
    ['certificate:gone.test', 'critical'],
    ['certificate:b.test', 'warning'],
  ])
})

it('a site that is deleted meanwhile holds nobody up, and gets nothing', async () => {
  const { panel, turn, site } = await withRenewals({
    'certificates.issue': ({ subject, names }) => {
      if (subject === 'a.test') {
        beginRemoval(panel.ctx.db, 'a.test', 'purge')
        settleChange(panel.ctx.db, 'a.test')
      }
      return { facts: newFacts(names), asked: true }
    },
  })
  site('a.test', 61)
  site('b.test', 61)
  expect(await turn()).toEqual({ renewed: ['b.test'], failed: [] })
  expect([findSite(panel.ctx.db, 'a.test'), rowOf(panel, 'a.test')]).toEqual([null, null])
})

it('one that was removed, or replaced by one’s own, while others were asked for stays so', async () => {
  const { panel, authority, turn, site } = await withRenewals()
  site('a.test', 61)
  site('b.test', 61)
  site('c.test', 61)
  const {
    ctx: { db },
  } = panel
  authority.answers['certificates.issue'] = ({ subject, names }) => {
    if (subject === 'c.test') {
      db.sqlite.exec(
        "DELETE FROM certificates WHERE subject = 'a.test'; UPDATE sites SET spec = json_set(spec, " +
          "'$.certificate', NULL) WHERE domain = 'a.test'",
      )
      putCertificate(panel, 'b.test', { source: 'own', challenge: null })
    }
    return { facts: newFacts(names), asked: true }
  }
  expect(await turn()).toEqual({ renewed: ['c.test'], failed: [] })
  expect([findSite(db, 'a.test')?.spec.certificate, rowOf(panel, 'a.test'), rowOf(panel, 'b.test')?.source]).toEqual([
    null,
    null,
    'own',
  ])
})

it('a row without its site’s name is left alone', async () => {
  const { panel, turn, site } = await withRenewals()
  site('a.test', 61)
  panel.ctx.db.sqlite
    .prepare(
      "INSERT INTO certificates (subject, source, key_type, facts) SELECT '@server', 'acme', 'ecdsa', facts " +
        'FROM certificates',
    )
    .run()
  expect(await turn()).toEqual({ renewed: ['a.test'], failed: [] })
})
