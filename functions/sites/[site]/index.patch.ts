import { strictObject } from 'valibot'
import { followNames } from '../../../lib/certificates/follow.ts'
import { defineFunction } from '../../../lib/function/define.ts'
import { domain } from '../../../lib/sites/domain.ts'
import { getSite } from '../../../lib/sites/read.ts'
import { site, siteChanges } from '../../../lib/sites/schema.ts'
import { planUpdate, updateSite } from '../../../lib/sites/update.ts'

export default defineFunction({
  summary: 'Change a site’s settings',
  scope: 'sites:write',
  audit: 'site.update',
  params: strictObject({ site: domain }),
  body: siteChanges,
  returns: site,
  snapshot: ({ ctx, params }) => getSite(ctx, params.site),
  plan: ({ ctx, params, body, identity }) => planUpdate(ctx, params.site, body, identity!),
  run: async ({ ctx, params, body, identity }) => followNames(ctx, await updateSite(ctx, params.site, body, identity!), identity!.username),
})
