import { strictObject } from 'valibot'
import { defineFunction } from '../../../lib/function/define.ts'
import { domain } from '../../../lib/sites/domain.ts'
import { site, siteChanges } from '../../../lib/sites/schema.ts'
import { planUpdate, updateSite } from '../../../lib/sites/update.ts'

export default defineFunction({
  summary: 'Change a site’s settings',
  scope: 'sites:write',
  audit: 'site.update',
  params: strictObject({ site: domain }),
  body: siteChanges,
  returns: site,
  plan: ({ ctx, params, body }) => planUpdate(ctx, params.site, body),
  run: ({ ctx, params, body }) => updateSite(ctx, params.site, body),
})
