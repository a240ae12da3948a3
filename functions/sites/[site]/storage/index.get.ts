import { strictObject } from 'valibot'
import { defineFunction } from '../../../../lib/function/define.ts'
import { domain } from '../../../../lib/sites/domain.ts'
import { getStorage, siteStorage } from '../../../../lib/storage/read.ts'

export default defineFunction({
  summary: 'Show what a site uses of the disk, and what it may use',
  scope: 'sites:read',
  params: strictObject({ site: domain }),
  returns: siteStorage,
  run: ({ ctx, params }) => getStorage(ctx, params.site),
})
