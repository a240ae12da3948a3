import { newSite, site } from '../../lib/model/sites/schema.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'
import { exempting } from '../../lib/panel/proxies/exempt.ts'
import { createSite, planCreation } from '../../lib/panel/sites/create.ts'
import { getSite } from '../../lib/panel/sites/read.ts'
import { measuring, siteChange } from '../_throws.ts'

export default defineFunction({
  summary: 'Add a site',
  throws: [
    ...siteChange,
    ...measuring,
    'domain_reserved',
    'domain_taken',
    'limit_reached',
    'no_free_port',
    'php.list',
    'php_version_missing',
    'site_not_found',
    'sites.checkRoot',
    'user_not_found',
  ],
  scope: 'sites:write',
  audit: 'site.create',
  body: newSite,
  returns: site,
  status: 201,
  snapshot: ({ ctx, body }) => getSite(ctx, body.domain),
  plan: ({ ctx, body, identity }) => planCreation(ctx, body, identity),
  run: ({ ctx, body, identity }) => exempting(ctx, () => createSite(ctx, body, identity)),
})
