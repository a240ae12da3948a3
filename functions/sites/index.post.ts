import { defineFunction } from '../../lib/function/define.ts'
import { createSite, planCreation } from '../../lib/sites/create.ts'
import { getSite } from '../../lib/sites/read.ts'
import { newSite, site } from '../../lib/sites/schema.ts'

export default defineFunction({
  summary: 'Add a site',
  scope: 'sites:write',
  audit: 'site.create',
  body: newSite,
  returns: site,
  status: 201,
  snapshot: ({ ctx, body }) => getSite(ctx, body.domain),
  plan: ({ ctx, body, identity }) => planCreation(ctx, body, identity!),
  run: ({ ctx, body, identity }) => createSite(ctx, body, identity!),
})
