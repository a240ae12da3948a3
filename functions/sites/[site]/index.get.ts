import { strictObject } from 'valibot'
import { defineFunction } from '../../../lib/function/define.ts'
import { domain } from '../../../lib/sites/domain.ts'
import { getSite } from '../../../lib/sites/read.ts'
import { site } from '../../../lib/sites/schema.ts'

export default defineFunction({
  summary: 'Show a site',
  scope: 'sites:read',
  params: strictObject({ site: domain }),
  returns: site,
  run: ({ ctx, params }) => getSite(ctx, params.site),
})
