import { strictObject } from 'valibot'
import { domain } from '../../../../lib/model/domain.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { lookAtSite } from '../../../../lib/panel/storage/look.ts'
import { getStorage, siteStorage } from '../../../../lib/panel/storage/read.ts'
import { measuring, siteChange } from '../../../_throws.ts'

export default defineFunction({
  summary: 'Measure a site’s use of the disk now; lifts the limit of a full site that is below it again',
  throws: [...siteChange, ...measuring, 'health', 'sites.hold'],
  scope: 'sites:write',
  audit: 'site.measure',
  params: strictObject({ site: domain }),
  returns: siteStorage,
  snapshot: ({ ctx, params }) => getStorage(ctx, params.site),
  run: async ({ ctx, params }) => {
    await lookAtSite(ctx, params.site)
    return getStorage(ctx, params.site)
  },
})
