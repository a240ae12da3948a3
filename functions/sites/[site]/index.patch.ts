import { strictObject } from 'valibot'
import { domain } from '../../../lib/model/domain.ts'
import { changedSite, siteChanges } from '../../../lib/model/sites/schema.ts'
import { followNames } from '../../../lib/panel/certificates/follow.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { exempting } from '../../../lib/panel/proxies/exempt.ts'
import { getSite } from '../../../lib/panel/sites/read.ts'
import { planUpdate, updateSite } from '../../../lib/panel/sites/update.ts'
import { siteChange } from '../../_throws.ts'

export default defineFunction({
  summary: 'Change a site’s settings',
  throws: [
    ...siteChange,
    'domain_reserved',
    'domain_taken',
    'limit_reached',
    'no_free_port',
    'not_a_php_site',
    'php.list',
    'php_version_missing',
    'sites.checkRoot',
    'user_not_found',
  ],
  scope: 'sites:write',
  audit: 'site.update',
  params: strictObject({ site: domain }),
  body: siteChanges,
  returns: changedSite,
  snapshot: ({ ctx, params }) => getSite(ctx, params.site),
  plan: ({ ctx, params, body, identity }) => planUpdate(ctx, params.site, body, identity),
  run: async ({ ctx, params, body, identity }) =>
    followNames(ctx, await exempting(ctx, () => updateSite(ctx, params.site, body, identity)), identity.username),
})
