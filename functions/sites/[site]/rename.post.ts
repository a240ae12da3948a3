import { strictObject } from 'valibot'
import { domain } from '../../../lib/model/domain.ts'
import { newDomain, renamedSite } from '../../../lib/model/sites/rename.ts'
import { followNames } from '../../../lib/panel/certificates/follow.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { exempting } from '../../../lib/panel/proxies/exempt.ts'
import { planRename, renameSite } from '../../../lib/panel/renames/rename.ts'
import { getSite } from '../../../lib/panel/sites/read.ts'
import { findSite } from '../../../lib/panel/store/sites.ts'
import { siteChange } from '../../_throws.ts'

export default defineFunction({
  summary: 'Give a site another domain; all that it has moves with it',
  throws: [...siteChange, 'app_busy', 'certificate_busy', 'domain_reserved', 'domain_taken'],
  scope: 'sites:write',
  audit: 'site.rename',
  params: strictObject({ site: domain }),
  body: newDomain,
  returns: renamedSite,
  snapshot: ({ ctx, params, body }) => getSite(ctx, findSite(ctx.db, params.site) ? params.site : body.domain),
  plan: ({ ctx, params, body, identity }) => planRename(ctx, params.site, body, identity),
  run: async ({ ctx, params, body, identity }) =>
    followNames(ctx, await exempting(ctx, () => renameSite(ctx, params.site, body, identity)), identity.username),
})
