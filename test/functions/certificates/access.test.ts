import { expect, it } from 'vitest'
import { certificateOf } from '../_authority.ts'
import { withUsers } from './_owners.ts'

it('everybody sees the certificates and alerts of their own sites, administrators all and the server’s', async () => {
  const {
    panel: { call },
    ann,
    tokenFor,
  } = await withUsers()
  const seen = async (headers?: Record<string, string>) => {
    const [
      {
        body: { certificates },
      },
      {
        body: { alerts },
      },
    ] = [
      await call('GET /api/certificates', { ...(headers && { headers }) }),
      await call('GET /api/alerts', { ...(headers && { headers }) }),
    ]
    return [
      certificates.map(({ subject }: { subject: string }) => subject),
      alerts.map(({ site }: { site: string | null }) => site),
    ]
  }
  expect(await seen()).toEqual([
    ['@server', 'ann.test', 'bob.test', 'ours.test'],
    [null, 'ann.test', 'bob.test', 'ours.test'],
  ])
  expect(await seen(ann)).toEqual([['ann.test'], ['ann.test']])
  expect(await seen(await tokenFor('ours.test', ['sites:read']))).toEqual([['ours.test'], ['ours.test']])
  expect((await call('GET /api/certificates')).body.certificates[1]).toMatchObject({
    subject: 'ann.test',
    unicodeDomain: 'ann.test',
    state: 'valid',
    source: 'acme',
    names: ['ann.test'],
    missingNames: [],
    daysLeft: 89,
    problem: null,
  })
})

it('others’ certificates do not exist for a user, nor for another site’s token', async () => {
  const { panel, authority, ann, tokenFor } = await withUsers()
  for (const headers of [ann, await tokenFor('ann.test', ['sites:read', 'sites:write'])]) {
    for (const domain of ['bob.test', 'ours.test', 'none.test']) {
      const of = certificateOf(panel, domain)
      for (const [method, body] of [
        ['GET'],
        ['POST', {}],
        ['PUT', { certificate: 'x', privateKey: 'x' }],
        ['DELETE'],
      ] as [string, object?][]) {
        expect(await of(method, body, headers), `${method} ${domain}`).toMatchObject({
          status: 404,
          body: { code: 'site_not_found' },
        })
      }
    }
  }
  expect(authority.order()).toEqual([])
  for (const operation of ['GET', 'POST', 'PUT', 'DELETE'].map((method) => `${method} /api/settings/certificate`)) {
    expect(
      (
        await panel.call(operation, {
          body: operation.startsWith('GET') || operation.startsWith('DELETE') ? undefined : {},
          headers: ann,
        })
      ).body.code,
      operation,
    ).toBe('not_allowed')
  }
})

it('a user gets a certificate for their site, by their own credentials', async () => {
  const { panel, authority, ann, tokenFor } = await withUsers()
  const of = certificateOf(panel, 'ann.test')
  expect((await of('POST', { challenge: 'dns-01', dnsProvider: 'cloudflare' }, ann)).body.state).toBe('done')
  expect(
    (await of('POST', {}, await tokenFor('ann.test', ['sites:read', 'sites:write', 'jobs:read'], ann))).body.state,
  ).toBe('done')
  await certificateOf(panel, 'ours.test')('POST', { challenge: 'dns-01', dnsProvider: 'cloudflare' })
  expect(
    authority
      .asked('certificates.issue')
      .filter(({ dryRun }) => !dryRun)
      .map(({ subject, account }) => [subject, account]),
  ).toEqual([
    ['ann.test', 'ann'],
    ['ann.test', 'ann'],
    ['ours.test', '@admin'],
  ])
})

it('the site of an administrator is proved by the administrators’ credentials, as theirs are those', async () => {
  const { panel, authority } = await withUsers()
  await panel.call('PATCH /api/users/{user}', { path: '/api/users/ann', body: { role: 'admin' } })
  await certificateOf(panel, 'ann.test')('POST', { challenge: 'dns-01', dnsProvider: 'cloudflare' })
  expect(authority.asked('certificates.issue').at(-1)).toMatchObject({ subject: 'ann.test', account: '@admin' })
})
