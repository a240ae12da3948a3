import { strictObject } from 'valibot'
import { cache, cacheChanges } from '../../../../lib/model/caches/schema.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { planCache, updateCache } from '../../../../lib/panel/caches/update.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { getSite } from '../../../../lib/panel/sites/read.ts'
import { siteChange } from '../../../_throws.ts'

export default defineFunction({
  summary: 'Turn a site’s caches on or off; the password of Redis is answered only once',
  throws: [...siteChange, 'caches.usage'],
  scope: 'sites:write',
  audit: 'cache.update',
  params: strictObject({ site: domain }),
  body: cacheChanges,
  returns: cache,
  snapshot: ({ ctx, params }) => getSite(ctx, params.site).cache,
  plan: ({ ctx, params, body }) => planCache(ctx, params.site, body),
  run: ({ ctx, params, body }) => updateCache(ctx, params.site, body),
})
