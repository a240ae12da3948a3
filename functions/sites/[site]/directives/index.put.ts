import { strictObject } from 'valibot'
import { directives, siteDirectives } from '../../../../lib/model/directives/schema.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { getDirectives, planDirectives, setDirectives } from '../../../../lib/panel/directives/directives.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { siteChange } from '../../../_throws.ts'

export default defineFunction({
  summary: 'Set a site’s own nginx directives, which win over the panel’s; nginx checks them first',
  throws: [...siteChange, 'directives.read'],
  scope: 'server:write',
  audit: 'directives.update',
  params: strictObject({ site: domain }),
  body: strictObject({ text: directives }),
  returns: siteDirectives,
  snapshot: ({ ctx, params }) => getDirectives(ctx, params.site),
  plan: ({ ctx, params, body }) => planDirectives(ctx, params.site, body.text),
  run: ({ ctx, params, body }) => setDirectives(ctx, params.site, body.text),
})
