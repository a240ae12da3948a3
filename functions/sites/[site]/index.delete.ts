import { nullable, optional, picklist, strictObject, string } from 'valibot'
import { domain } from '../../../lib/model/domain.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { exempting } from '../../../lib/panel/proxies/exempt.ts'
import { deleteSite, planDeletion } from '../../../lib/panel/sites/delete.ts'
import { getSite } from '../../../lib/panel/sites/read.ts'
import { siteChange } from '../../_throws.ts'

export default defineFunction({
  summary: 'Delete a site; its files stay in the trash for 30 days, unless purge=true',
  throws: siteChange,
  scope: 'sites:write',
  audit: 'site.delete',
  params: strictObject({ site: domain }),
  query: strictObject({ purge: optional(picklist(['true', 'false']), 'false') }),
  returns: strictObject({ trash: nullable(string()) }),
  snapshot: ({ ctx, params }) => getSite(ctx, params.site),
  plan: ({ ctx, params, query }) => planDeletion(ctx, params.site, query.purge === 'true'),
  run: ({ ctx, params, query }) => exempting(ctx, () => deleteSite(ctx, params.site, query.purge === 'true')),
})
