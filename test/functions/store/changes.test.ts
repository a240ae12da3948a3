import { expect, it } from 'vitest'
import type { SiteSpec } from '../../../lib/model/sites/schema.ts'
import { listPending } from '../../../lib/panel/store/pending-changes.ts'
import {
  beginChange,
  beginRemoval,
  findSite,
  listSites,
  revertChange,
  settleChange,
} from '../../../lib/panel/store/sites.ts'
import { nameOwners } from '../../../lib/panel/store/site-names.ts'
import { siteSpec } from '../../_site-spec.ts'
import { openPanel } from '../_harness.ts'
import { namesOf } from './_store.ts'

it('a change that the machine refuses leaves the site as it was, its names too', async () => {
  const {
    ctx: { db },
  } = await openPanel()
  const now = '2026-11-23T00:00:00.000Z'
  const begin = (spec: SiteSpec, change: 'create' | 'update') => beginChange(db, spec, namesOf(spec), change, null, now)
  begin(siteSpec({ aliases: ['old.test'] }), 'create')
  expect(listPending(db, 'site')).toHaveLength(1)
  settleChange(db, 'example.test', namesOf)
  begin(siteSpec({ aliases: ['new.test'] }), 'update')
  expect(() => begin(siteSpec(), 'update')).toThrow(/being changed/)
  expect(() => begin(siteSpec({ domain: 'new.test' }), 'create')).toThrow(/new\.test already belongs/)
  revertChange(db, 'example.test', namesOf)
  expect(findSite(db, 'example.test')).toMatchObject({ spec: { aliases: ['old.test'] }, pending: null })
  expect(nameOwners(db, ['old.test', 'new.test'])).toEqual([{ name: 'old.test', domain: 'example.test' }])
  begin(siteSpec({ domain: 'fresh.test' }), 'create')
  revertChange(db, 'fresh.test', namesOf)
  expect(listSites(db).map(({ spec }) => spec.domain)).toEqual(['example.test'])
  beginRemoval(db, 'example.test', 'trash')
  revertChange(db, 'example.test', namesOf)
  expect(findSite(db, 'example.test')?.pending).toBeNull()
  beginRemoval(db, 'example.test', 'purge')
  settleChange(db, 'example.test', namesOf)
  expect(listSites(db)).toEqual([])
  expect(nameOwners(db, ['old.test'])).toEqual([])
})
