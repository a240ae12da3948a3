import { strictObject } from 'valibot'
import { domain } from '../../../../lib/model/domain.ts'
import { shownRedirects } from '../../../../lib/model/sites/redirects.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { getSpec } from '../../../../lib/panel/sites/read.ts'
import { newRedirects, planRedirects, updateRedirects } from '../../../../lib/panel/sites/redirects.ts'
import { siteChange } from '../../../_throws.ts'

export default defineFunction({
  summary: 'Set a site’s redirects, or import a list of them',
  throws: [...siteChange],
  scope: 'sites:write',
  audit: 'redirects.update',
  params: strictObject({ site: domain }),
  body: newRedirects,
  returns: shownRedirects,
  snapshot: ({ ctx, params }) => getSpec(ctx, params.site).redirects,
  plan: ({ ctx, params, body }) => planRedirects(ctx, params.site, body),
  run: ({ ctx, params, body }) => updateRedirects(ctx, params.site, body),
})
