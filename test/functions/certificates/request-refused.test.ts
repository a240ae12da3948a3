import { expect, it } from 'vitest'
import { addAttempt } from '../../../lib/panel/store/certificate-attempts.ts'
import { listAuditEntries } from '../../../lib/panel/store/audit.ts'
import { findSite } from '../../../lib/panel/store/sites.ts'
import { refuse } from '../_agent.ts'
import { putCertificate, rowOf } from '../_authority.ts'
import { names, withSite } from './_site.ts'

it.each<[string, object, string]>([
  ['a name that is not the site’s', { names: ['a.test', 'evil.test'] }, 'names'],
  ['a name below one of the site’s', { names: ['x.a.test'] }, 'names'],
  ['a wildcard of somebody else’s', { names: ['*.evil.test'], challenge: 'dns-01', dnsProvider: 'rfc2136' }, 'names'],
  [
    'a wildcard that none of the site’s names is below',
    { names: ['*.www.a.test'], challenge: 'dns-01', dnsProvider: 'rfc2136' },
    'names',
  ],
  ['a wildcard by http', { names: ['*.a.test'] }, 'challenge'],
  ['DNS without a provider', { challenge: 'dns-01' }, 'dnsProvider'],
  ['a provider by http', { dnsProvider: 'rfc2136' }, 'dnsProvider'],
  ['no names', { names: [] }, 'names'],
  ['an unknown kind of key', { keyType: 'dsa' }, 'keyType'],
  ['an unknown key', { server: 'https://evil.test/dir' }, 'server'],
])('%s is refused at once, and nobody is asked', async (_, request, path) => {
  const { panel, authority, of } = await withSite()
  expect(await of('POST', request)).toMatchObject({
    status: 422,
    body: { code: 'invalid_input', details: { issues: [{ path }] } },
  })
  expect(authority.order()).toEqual([])
  expect([rowOf(panel, 'a.test'), (await panel.call('GET /api/jobs')).body.jobs]).toEqual([null, []])
})

it('what is wrong in the DNS is told, and no authority asked', async () => {
  const problems = [
    { name: 'a.test', code: 'dns_elsewhere', message: 'a.test is elsewhere' },
    { name: 'www.a.test', code: 'dns_missing', message: 'www.a.test is nowhere' },
  ]
  const { panel, db, authority, of } = await withSite({ 'certificates.check': () => ({ addresses: [], problems }) })
  expect((await of('POST', {})).body).toMatchObject({
    state: 'failed',
    error: { code: 'dns_elsewhere', message: 'a.test is elsewhere\nwww.a.test is nowhere' },
  })
  expect(authority.order()).not.toContain('certificates.issue')
  expect(rowOf(panel, 'a.test')).toBeNull()
  expect((await of('GET')).body).toMatchObject({
    state: 'none',
    problem: 'a.test is elsewhere\nwww.a.test is nowhere',
    attempts: [{ kind: 'request', ok: false, code: 'dns_elsewhere' }],
    lastWeek: { succeeded: 0, failed: 1 },
  })
  expect(listAuditEntries(db, 2).map(({ action, ok, code }) => [action, ok, code])).toContainEqual([
    'certificate.issue',
    false,
    'dns_elsewhere',
  ])
})

it('a failure of the try does not ask the authority, and counts nowhere', async () => {
  const { db, authority, of } = await withSite({ 'certificates.issue': refuse('challenge_failed') })
  for (let i = 0; i < 6; i++) expect((await of('POST', {})).body.error.code).toBe('challenge_failed')
  expect(authority.asked('certificates.issue').map(({ dryRun }) => dryRun)).toEqual(Array(6).fill(true))
  expect(authority.order()).not.toContain('sites.apply')
  expect(db.sqlite.prepare('SELECT DISTINCT asked, ok FROM certificate_attempts').all()).toEqual([{ asked: 0, ok: 0 }])
})

it('one that nginx does not answer with goes, and the one before is served again', async () => {
  const { panel, db, authority, of } = await withSite()
  const old = putCertificate(panel, 'a.test', { covered: names })
  authority.answers['certificates.answer'] = () => ({ id: old.id })
  expect((await of('POST', {})).body).toMatchObject({
    state: 'failed',
    error: { code: 'certificate_not_served', message: expect.stringContaining('port 443') },
  })
  expect(authority.asked('certificates.issue')[1]).toMatchObject({ current: old.id })
  expect(authority.order().slice(-3)).toEqual(['sites.apply', 'certificates.answer', 'sites.apply'])
  expect(authority.asked('sites.apply').at(-1)).toMatchObject({
    desired: { spec: { certificate: { id: old.id, names } } },
  })
  expect(findSite(db, 'a.test')).toMatchObject({ pending: null, spec: { certificate: { id: old.id } } })
  expect(rowOf(panel, 'a.test')).toMatchObject({
    facts: { id: old.id },
    problem: expect.stringContaining('another certificate'),
  })
  expect(
    db.sqlite.prepare('SELECT asked, ok FROM certificate_attempts ORDER BY id').all(),
    'the authority gave one, which counts',
  ).toEqual([
    { asked: 1, ok: 1 },
    { asked: 0, ok: 0 },
  ])
})

it('a machine that refuses leaves the site as it was', async () => {
  const { panel, db, of } = await withSite({ 'sites.apply': refuse('nginx_reload_failed', 503) })
  expect((await of('POST', {})).body.error.code).toBe('nginx_reload_failed')
  expect(findSite(db, 'a.test')).toMatchObject({ pending: null, spec: { certificate: null } })
  expect(rowOf(panel, 'a.test')).toBeNull()
})

it.each([
  ['five certificates a week for the same names', true, 6 * 86_400_000, 7 * 86_400_000],
  ['five failures an hour', false, 50 * 60_000, 3_600_000],
])('after %s no authority is asked', async (_, ok, ago, window) => {
  const { db, authority, of } = await withSite()
  const first = Date.now() - ago
  const attempt = (at: number, subject = 'a.test') =>
    addAttempt(db, {
      subject,
      at: new Date(at).toISOString(),
      kind: 'request',
      names: ['www.a.test', 'a.test'],
      asked: true,
      ok,
      code: null,
      message: null,
    })
  attempt(Date.now() - window - 1000)
  for (let i = 0; i < 4; i++) attempt(first + i, 'deleted.test')
  expect((await of('POST', {})).body.state, 'one is left').toBe('done')
  attempt(Date.now())
  authority.reset()
  const { body } = await of('POST', {})
  expect(body.error.code).toBe('certificate_limit')
  expect(body.error.message).toContain(
    `after ${new Date(first + window).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
  )
  expect(authority.order()).not.toContain('certificates.issue')
  expect((await of('POST', { names: ['a.test'] })).body.state, 'other names have their own').toBe('done')
})
