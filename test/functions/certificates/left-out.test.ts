import { expect, it } from 'vitest'
import { findSite } from '../../../lib/panel/store/sites.ts'
import { refuse } from '../_agent.ts'
import { elsewhere, newFacts, rowOf } from '../_authority.ts'
import { withRenewals } from './_renewals.ts'
import { withSite } from './_site.ts'

it('a first certificate is had for the names that lead here; the others are named', async () => {
  const { panel, authority, of } = await withSite({ 'certificates.check': elsewhere('www.a.test') })
  const job = (await of('POST', {})).body
  expect([job.state, job.error]).toEqual(['done', null])
  expect(job.steps.map(({ name }: { name: string }) => name)).toContain('Leaving out www.a.test for now')
  expect(authority.asked('certificates.issue').map(({ names }) => names)).toEqual([['a.test'], ['a.test']])
  expect((await of('GET')).body).toMatchObject({
    state: 'valid',
    names: ['a.test'],
    missingNames: ['www.a.test'],
    problem: 'www.a.test is elsewhere.',
  })
  expect(rowOf(panel, 'a.test')).toMatchObject({ names: null, failures: 1, nextTry: expect.any(String) })
})

it('a name that was left out is taken in once it leads here', async () => {
  const { panel, authority, turn, site } = await withRenewals({ 'certificates.check': elsewhere('www.a.test') })
  site('a.test', 0, { covered: ['a.test'] }, ['www.a.test'])
  const now = Date.now()
  await turn(now)
  expect(rowOf(panel, 'a.test')?.facts?.names).toEqual(['a.test'])
  authority.answers = {}
  expect(await turn(now + 7 * 3_600_000)).toEqual({ renewed: ['a.test'], failed: [] })
  expect(rowOf(panel, 'a.test')).toMatchObject({
    failures: 0,
    problem: null,
    facts: { names: ['a.test', 'www.a.test'] },
  })
})

it('a name whose proof the authority does not find is left out, too, and it is asked once more', async () => {
  const { authority, of } = await withSite({
    'certificates.issue': ({ names, dryRun }) =>
      names.includes('www.a.test')
        ? refuse('challenge_failed', 422, { names: ['www.a.test'] })()
        : { facts: dryRun ? null : newFacts(names), asked: true },
  })
  expect((await of('POST', {})).body.state).toBe('done')
  expect(authority.asked('certificates.issue').map(({ names, dryRun }) => [names, dryRun])).toEqual([
    [['a.test', 'www.a.test'], true],
    [['a.test'], true],
    [['a.test'], false],
  ])
  expect((await of('GET')).body).toMatchObject({ missingNames: ['www.a.test'], problem: 'It said challenge_failed.' })
})

it.each([{ names: ['a.test'] }, { names: ['a.test', 'www.a.test'] }, {}])(
  'an authority that does not find the proof of the first name, or names none, is asked once (%j)',
  async (details) => {
    const { authority, of } = await withSite({ 'certificates.issue': refuse('challenge_failed', 422, details) })
    expect((await of('POST', {})).body).toMatchObject({ state: 'failed', error: { code: 'challenge_failed' } })
    expect(authority.asked('certificates.issue')).toHaveLength(1)
  },
)

it.each([
  ['the first name', ['a.test'], {}],
  ['every name', ['a.test', 'www.a.test'], {}],
  ['a name that somebody chose', ['www.a.test'], { names: ['a.test', 'www.a.test'] }],
])('%s that leads elsewhere is refused, and no authority asked', async (_what, names, request) => {
  const { panel, authority, of } = await withSite({ 'certificates.check': elsewhere(...names) })
  expect((await of('POST', request)).body).toMatchObject({ state: 'failed', error: { code: 'dns_elsewhere' } })
  expect(authority.order()).not.toContain('certificates.issue')
  expect(rowOf(panel, 'a.test')).toBeNull()
})

it('what comes for a site that was deleted meanwhile is deleted too', async () => {
  const { panel, authority, of } = await withSite({
    'certificates.issue': ({ names }) => {
      if (authority.asked('certificates.issue').length === 2) panel.ctx.db.sqlite.exec('DELETE FROM sites')
      return { facts: newFacts(names), asked: true }
    },
  })
  expect((await of('POST', {})).body.error.code).toBe('site_not_found')
  expect(findSite(panel.ctx.db, 'a.test')).toBeNull()
  expect(authority.asked('certificates.prune')).toEqual([{ subject: 'a.test', current: null }])
})

it('what comes while the panel is away is swept by the hook, but for sites that are there', async () => {
  const { panel, authority, turn, site } = await withRenewals()
  site('a.test', 0)
  await turn()
  expect(authority.asked('certificates.sweep')).toEqual([{ subjects: ['@server', 'a.test'] }])
  panel.ctx.db.sqlite.exec(`INSERT INTO pending_changes VALUES ('site', 'a.test', 'rename', NULL, NULL, 'x')`)
  await turn()
  expect(authority.asked('certificates.sweep'), 'a site that is being renamed has two names').toHaveLength(1)
})
