import { strictObject } from 'valibot'
import { domain } from '../../../../lib/model/domain.ts'
import { shownRedirects } from '../../../../lib/model/sites/redirects.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { getSpec } from '../../../../lib/panel/sites/read.ts'

export default defineFunction({
  summary: 'List a site’s redirects',
  scope: 'sites:read',
  params: strictObject({ site: domain }),
  returns: shownRedirects,
  run: ({ ctx, params }) => ({ redirects: getSpec(ctx, params.site).redirects }),
})
