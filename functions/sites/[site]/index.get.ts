import { strictObject } from 'valibot'
import { domain } from '../../../lib/model/domain.ts'
import { site } from '../../../lib/model/sites/schema.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { getSite } from '../../../lib/panel/sites/read.ts'

export default defineFunction({
  summary: 'Show a site',
  scope: 'sites:read',
  params: strictObject({ site: domain }),
  returns: site,
  run: ({ ctx, params }) => getSite(ctx, params.site),
})
