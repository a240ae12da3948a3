import { expect, it } from 'vitest'
import { namesOf } from '../../../lib/model/sites/names.ts'
import { findSite, settleChange, beginRemoval } from '../../../lib/panel/store/sites.ts'
import { refuse } from '../_agent.ts'
import { newFacts, putCertificate, rowOf } from '../_authority.ts'
import { withRenewals } from './_renewals.ts'

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
        settleChange(panel.ctx.db, 'a.test', namesOf)
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
