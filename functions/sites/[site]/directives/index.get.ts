import { strictObject } from 'valibot'
import { siteDirectives } from '../../../../lib/model/directives/schema.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { getDirectives } from '../../../../lib/panel/directives/directives.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Show a site’s own nginx directives, and whether nginx takes them',
  throws: ['directives.read'],
  scope: 'server:read',
  params: strictObject({ site: domain }),
  returns: siteDirectives,
  run: ({ ctx, params }) => getDirectives(ctx, params.site),
})
