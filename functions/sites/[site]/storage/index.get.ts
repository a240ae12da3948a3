import { strictObject } from 'valibot'
import { domain } from '../../../../lib/model/domain.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { getStorage, siteStorage } from '../../../../lib/panel/storage/read.ts'

export default defineFunction({
  summary: 'Show a site’s use of the disk, and its limits',
  scope: 'sites:read',
  params: strictObject({ site: domain }),
  returns: siteStorage,
  run: ({ ctx, params }) => getStorage(ctx, params.site),
})
