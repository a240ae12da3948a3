import { defineFunction } from '../../lib/function/define.ts'
import { createSite, planCreation } from '../../lib/sites/create.ts'
import { newSite, site } from '../../lib/sites/schema.ts'

export default defineFunction({
  summary: 'Add a site',
  scope: 'sites:write',
  audit: 'site.create',
  body: newSite,
  returns: site,
  status: 201,
  plan: ({ ctx, body }) => planCreation(ctx, body),
  run: ({ ctx, body }) => createSite(ctx, body),
})
