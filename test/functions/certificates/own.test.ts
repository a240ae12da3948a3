import { expect, it } from 'vitest'
import { letsEncrypt } from '../../../lib/model/certificates/acme.ts'
import { raiseAlert } from '../../../lib/panel/store/alerts.ts'
import { listAuditEntries } from '../../../lib/panel/store/audit.ts'
import { findJob, listJobs } from '../../../lib/panel/store/jobs.ts'
import { findSite } from '../../../lib/panel/store/sites.ts'
import { refuse } from '../_agent.ts'
import { newFacts, putCertificate, rowOf } from '../_authority.ts'
import type { Panel } from '../_harness.ts'
import { withSite } from './_site.ts'

const patch = (panel: Panel, body: object) => panel.call('PATCH /api/sites/{site}', { path: '/api/sites/a.test', body })
const own = {
  certificate: 'the canary of a certificate',
  privateKey: 'the canary of a key',
  chain: 'the canary of a chain',
}

it('one’s own is looked at by the agent, served and kept, and nothing of it is on record', async () => {
  const { panel, db, authority, of } = await withSite()
  raiseAlert(db, {
    key: 'certificate:a.test',
    site: 'a.test',
    severity: 'warning',
    message: 'old',
    since: '2026-11-23',
  })
  expect(await of('PUT', own)).toMatchObject({
    status: 200,
    body: { state: 'valid', source: 'own', challenge: null, renewsAt: null, attempts: [] },
  })
  expect(authority.order()).toEqual(['certificates.keep', 'sites.apply', 'certificates.answer', 'certificates.prune'])
  expect(authority.asked('certificates.keep')).toEqual([{ subject: 'a.test', names: ['a.test', 'www.a.test'], ...own }])
  expect(rowOf(panel, 'a.test')).toMatchObject({ source: 'own', names: null, challenge: null })
  expect((await panel.call('GET /api/alerts')).body.alerts).toEqual([])
  const [entry] = listAuditEntries(db, 1)
  expect(entry).toMatchObject({
    action: 'certificate.put',
    object: 'a.test',
    ok: true,
    details: { certificate: '(secret)', privateKey: '(secret)', chain: '(secret)' },
    after: { source: 'own' },
  })
  for (const table of ['audit', 'certificates', 'sites', 'kv', 'jobs', 'job_events'])
    expect(JSON.stringify(db.sqlite.prepare(`SELECT * FROM ${table}`).all()), table).not.toContain('canary')
})

it('one’s own may be for others too, whatever their names', async () => {
  const { authority, of } = await withSite()
  authority.answers['certificates.keep'] = () =>
    newFacts(['other.test', 'www.a.test', '*.b.test', 'localhost', 'my_host.b.test'])
  expect(await of('PUT', own)).toMatchObject({ status: 200, body: { names: { length: 5 }, missingNames: ['a.test'] } })
  expect(authority.asked('sites.apply')).toMatchObject([
    { desired: { spec: { certificate: { names: ['other.test', 'www.a.test', '*.b.test'] } } } },
  ])
  expect(authority.asked('certificates.answer')).toEqual([{ name: 'www.a.test', port: 443 }])
})

it('one’s own of a private authority is served with a warning, in each answer', async () => {
  const { panel, authority, of } = await withSite()
  authority.answers['certificates.keep'] = ({ names }) => ({ ...newFacts(names), privateAuthority: true })
  const warning = expect.stringContaining('Browsers do not know the authority R3') as string
  expect(await of('PUT', own)).toMatchObject({ status: 200, body: { state: 'valid', problem: null, warning } })
  expect((await of('GET')).body).toMatchObject({ warning })
  expect((await panel.call('GET /api/certificates')).body.certificates).toMatchObject([{ warning }])
  delete authority.answers['certificates.keep']
  expect((await of('PUT', own)).body).toMatchObject({ warning: null })
})

it('what the agent refuses changes nothing', async () => {
  const { panel, authority, of } = await withSite()
  authority.answers['certificates.keep'] = refuse('certificate_invalid', 422, {
    issues: [{ path: 'privateKey', message: 'The key does not belong to the certificate' }],
  })
  expect(await of('PUT', own)).toMatchObject({
    status: 422,
    body: { code: 'certificate_invalid', details: { issues: [{ path: 'privateKey' }] } },
  })
  expect((await of('PUT', { ...own, password: 'x' })).body.code).toBe('invalid_input')
  expect((await of('PUT', { certificate: 'x' })).body.code).toBe('invalid_input')
  expect([rowOf(panel, 'a.test'), authority.order()]).toEqual([null, ['certificates.keep']])
})

it('it is removed, but not while browsers were told to come by https only', async () => {
  const { panel, db, authority, of } = await withSite()
  expect(await of('DELETE')).toMatchObject({ status: 404, body: { code: 'certificate_missing' } })
  expect(await patch(panel, { hsts: true })).toMatchObject({
    status: 422,
    body: { code: 'invalid_input', details: { issues: [{ path: 'hsts' }] } },
  })
  await of('POST', {})
  expect((await patch(panel, { hsts: true })).body).toMatchObject({ hsts: true })
  authority.reset()
  expect(await of('DELETE')).toMatchObject({ status: 409, body: { code: 'hsts_on' } })
  expect(authority.order()).toEqual([])
  await patch(panel, { hsts: false })
  raiseAlert(db, {
    key: 'certificate:a.test',
    site: 'a.test',
    severity: 'warning',
    message: 'old',
    since: '2026-11-23',
  })
  authority.reset()
  expect((await of('DELETE')).status).toBe(204)
  expect(authority.order()).toEqual(['sites.apply', 'certificates.prune'])
  expect(authority.asked('sites.apply')).toMatchObject([{ desired: { spec: { certificate: null } } }])
  expect(authority.asked('certificates.prune')).toEqual([{ subject: 'a.test', current: null }])
  expect([rowOf(panel, 'a.test'), findSite(db, 'a.test')?.spec.certificate]).toEqual([null, null])
  expect((await panel.call('GET /api/alerts')).body.alerts).toEqual([])
  expect((await of('GET')).body).toMatchObject({ state: 'none', attempts: { length: 1 } })
})

it('files that are gone are told of; without its agent the store’s word counts', async () => {
  const { panel, authority, of } = await withSite()
  putCertificate(panel, 'a.test')
  authority.answers['certificates.state'] = () => ({ broken: ['a.test'] })
  expect((await of('GET')).body).toMatchObject({
    state: 'broken',
    problem: 'Its files are missing or damaged, so a self-signed one stands in',
  })
  authority.answers['certificates.state'] = refuse('agent_unreachable')
  expect((await of('GET')).body).toMatchObject({ state: 'valid', problem: null, missingNames: ['www.a.test'] })
})

it('names that a site gets or loses make a job that asks for the new ones, without a try before', async () => {
  const { panel, db, authority, of } = await withSite()
  await of('POST', {})
  for (const aliases of [['www.a.test', 'new.test'], ['www.a.test']]) {
    authority.reset()
    await patch(panel, { aliases })
    const [job] = listJobs(db)
    expect(job).toMatchObject({
      name: 'Renew the certificate for new names',
      path: '/sites/a.test/certificate',
      subject: 'a.test',
      actor: 'admin',
    })
    await panel.ctx.jobs.settled(job!.id, 20)
    expect(findJob(db, job!.id)?.state).toBe('done')
    expect(authority.order()).toEqual([
      'sites.apply',
      'certificates.check',
      'certificates.issue',
      'sites.apply',
      'certificates.answer',
      'certificates.prune',
    ])
    expect(authority.asked('certificates.issue')).toMatchObject([
      { names: ['a.test', ...aliases], server: letsEncrypt.directory, dryRun: false },
    ])
    expect(rowOf(panel, 'a.test')).toMatchObject({ facts: { names: ['a.test', ...aliases] }, names: null })
  }
})

it('other changes, and names that were never to be in it, start none', async () => {
  const { panel, db, authority, of } = await withSite()
  await patch(panel, { aliases: ['www.a.test', 'new.test'] })
  await of('POST', { names: ['a.test'] })
  await patch(panel, { aliases: [] })
  await patch(panel, { bodyLimitMb: 5 })
  await of('PUT', own)
  await patch(panel, { aliases: ['new.test'] })
  expect([listJobs(db).length, authority.asked('certificates.issue').length]).toEqual([1, 2])
})

it('a new name that leads elsewhere makes the job fail, and leaves the certificate', async () => {
  const { panel, db, authority, of } = await withSite()
  await of('POST', {})
  const { facts } = rowOf(panel, 'a.test')!
  authority.answers['certificates.check'] = () => ({
    addresses: [],
    problems: [{ name: 'new.test', code: 'dns_missing', message: 'new.test is nowhere' }],
  })
  await patch(panel, { aliases: ['www.a.test', 'new.test'] })
  const [job] = listJobs(db)
  await panel.ctx.jobs.settled(job!.id, 20)
  expect(findJob(db, job!.id)).toMatchObject({
    state: 'failed',
    error: { code: 'renewal_failed', message: 'new.test is nowhere' },
  })
  expect(authority.asked('certificates.issue')).toHaveLength(2)
  expect(rowOf(panel, 'a.test')).toMatchObject({
    facts,
    failures: 1,
    problem: 'new.test is nowhere',
    nextTry: expect.any(String),
  })
  expect((await panel.call('GET /api/alerts')).body.alerts).toMatchObject([
    {
      key: 'certificate:a.test',
      site: 'a.test',
      severity: 'warning',
      message: 'a.test: its certificate does not cover new.test. new.test is nowhere',
    },
  ])
})
