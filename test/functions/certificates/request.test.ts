import { expect, it } from 'vitest'
import { letsEncrypt } from '../../../lib/model/certificates/acme.ts'
import { listAuditEntries } from '../../../lib/panel/store/audit.ts'
import { findSite } from '../../../lib/panel/store/sites.ts'
import { rowOf } from '../_authority.ts'
import { names, withSite } from './_site.ts'

it('a certificate is looked for, tried, asked for, served, looked at and kept, in that order', async () => {
  const { panel, db, authority, of } = await withSite()
  expect((await of('GET')).body).toMatchObject({
    state: 'none',
    source: null,
    names: [],
    notAfter: null,
    daysLeft: null,
    renewsAt: null,
    attempts: [],
    lastWeek: { succeeded: 0, failed: 0 },
  })
  const { status, body } = await of('POST', {})
  expect([status, body.state, body.error]).toEqual([200, 'done', null])
  expect(authority.order()).toEqual([
    'certificates.check',
    'certificates.issue',
    'certificates.issue',
    'sites.apply',
    'certificates.answer',
    'certificates.prune',
  ])
  const desired = {
    subject: 'a.test',
    names,
    challenge: 'http-01',
    dnsProvider: null,
    account: '@admin',
    keyType: 'ecdsa',
    current: null,
    email: null,
    caFile: null,
  }
  expect(authority.asked('certificates.check')).toEqual([{ names, resolvers: [], known: [] }])
  expect(authority.asked('certificates.issue')).toEqual([
    { ...desired, server: letsEncrypt.staging, dryRun: true },
    { ...desired, server: letsEncrypt.directory, dryRun: false },
  ])
  const facts = rowOf(panel, 'a.test')!.facts!
  expect(authority.asked('sites.apply')).toMatchObject([
    {
      desired: {
        ensure: 'present',
        spec: { domain: 'a.test', certificate: { id: facts.id, names }, httpsRedirect: true, hsts: false },
      },
    },
  ])
  expect(authority.asked('certificates.answer')).toEqual([{ name: 'a.test', port: 443 }])
  expect(authority.asked('certificates.prune')).toEqual([{ subject: 'a.test', current: facts.id }])
  expect(rowOf(panel, 'a.test')).toEqual({
    subject: 'a.test',
    site: 'a.test',
    source: 'acme',
    names: null,
    challenge: 'http-01',
    dnsProvider: null,
    keyType: 'ecdsa',
    facts,
    failures: 0,
    nextTry: null,
    problem: null,
  })
  expect(findSite(db, 'a.test')).toMatchObject({ pending: null, spec: { certificate: { id: facts.id, names } } })
  const told = (await of('GET')).body
  expect(told).toMatchObject({
    state: 'valid',
    source: 'acme',
    names,
    missingNames: [],
    issuer: 'R3',
    daysLeft: 89,
    problem: null,
    challenge: 'http-01',
    chosenNames: null,
    nextTryAt: null,
    attempts: [{ kind: 'request', ok: true, code: null, message: null }],
    lastWeek: { succeeded: 1, failed: 0 },
  })
  expect(Date.parse(told.notAfter) - Date.parse(told.renewsAt)).toBe(30 * 86_400_000)
  expect(told).toEqual(body.result)
  expect(listAuditEntries(db, 1)).toMatchObject([
    {
      action: 'certificate.issue',
      object: 'a.test',
      actor: 'admin',
      ok: true,
      before: { state: 'none' },
      after: { state: 'valid' },
    },
  ])
})

it('the steps of it are a job’s, and its percentages grow', async () => {
  const {
    panel: { call },
    of,
  } = await withSite()
  const { body } = await of('POST', {})
  const { body: text } = (await call('GET /api/jobs/{job}/events', { path: `/api/jobs/${body.id}/events` })) as {
    body: string
  }
  const percents = [...text.matchAll(/"percent":(\d+)/g)].map(([, percent]) => Number(percent))
  expect(percents).toEqual([...percents].sort((a, b) => a - b))
  expect(body.steps.map(({ name }: { name: string }) => name).slice(-2)).toEqual([
    'Setting https up',
    'Checking that it answers',
  ])
})

it('by DNS nothing of this server is looked at, and a wildcard need not have the name itself', async () => {
  const { panel, authority, of } = await withSite()
  expect(
    (await of('POST', { names: ['*.a.test'], challenge: 'dns-01', dnsProvider: 'rfc2136', keyType: 'rsa' })).body.error,
  ).toBeNull()
  expect(authority.asked('certificates.check')).toEqual([])
  expect(authority.asked('certificates.issue')).toMatchObject(
    Array(2).fill({
      names: ['*.a.test'],
      challenge: 'dns-01',
      dnsProvider: 'rfc2136',
      account: '@admin',
      keyType: 'rsa',
    }),
  )
  expect(authority.asked('certificates.answer'), 'a name it is served for').toEqual([{ name: 'www.a.test', port: 443 }])
  expect(rowOf(panel, 'a.test')).toMatchObject({
    names: ['*.a.test'],
    challenge: 'dns-01',
    dnsProvider: 'rfc2136',
    keyType: 'rsa',
  })
  expect((await of('GET')).body).toMatchObject({ state: 'valid', chosenNames: expect.any(Array), missingNames: [] })
})

it('without a staging server it is asked at once', async () => {
  const {
    panel: { call },
    authority,
    of,
  } = await withSite()
  await call('PATCH /api/settings', {
    body: { acme: { directory: 'https://ca.test/dir', email: 'ann@a.test', caFile: '/etc/ssl/my-ca.pem' } },
  })
  await of('POST', {})
  expect(authority.asked('certificates.issue')).toMatchObject([
    { server: 'https://ca.test/dir', dryRun: false, email: 'ann@a.test', caFile: '/etc/ssl/my-ca.pem' },
  ])
})

it('a second request waits for the first', async () => {
  let finish!: () => void
  const going = new Promise<void>((resolve) => (finish = resolve))
  const { authority, of } = await withSite({
    'certificates.check': () => going.then(() => ({ addresses: [], problems: [] })),
  })
  const first = of('POST', {})
  await expect.poll(() => authority.order()).toContain('certificates.check')
  const busy = { status: 409, body: { code: 'certificate_busy' } }
  expect(await of('POST', {})).toMatchObject(busy)
  expect(await of('PUT', { certificate: 'x', privateKey: 'x' })).toMatchObject(busy)
  expect(await of('DELETE')).toMatchObject(busy)
  finish()
  expect((await first).body.state).toBe('done')
  authority.answers = {}
  expect((await of('POST', {})).body.state).toBe('done')
})
