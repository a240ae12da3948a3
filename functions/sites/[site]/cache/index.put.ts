import { strictObject } from 'valibot'
import { cache, cacheWish } from '../../../../lib/caches/schema.ts'
import { planCache, updateCache } from '../../../../lib/caches/update.ts'
import { defineFunction } from '../../../../lib/function/define.ts'
import { domain } from '../../../../lib/sites/domain.ts'
import { getSite } from '../../../../lib/sites/read.ts'

export default defineFunction({
  summary: 'Turn a site’s caches on or off; the answer has the password of Redis once',
  scope: 'sites:write',
  audit: 'cache.update',
  params: strictObject({ site: domain }),
  body: cacheWish,
  returns: cache,
  snapshot: ({ ctx, params }) => getSite(ctx, params.site).cache,
  plan: ({ ctx, params, body }) => planCache(ctx, params.site, body),
  run: ({ ctx, params, body }) => updateCache(ctx, params.site, body),
})
