import { strictObject } from 'valibot'
import { cache } from '../../../../lib/model/caches/schema.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { renewPassword } from '../../../../lib/panel/caches/update.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { getSite } from '../../../../lib/panel/sites/read.ts'
import { siteChange } from '../../../_throws.ts'

export default defineFunction({
  summary: 'Make a new Redis password for a site; it is answered only once, and the old one ends',
  throws: [...siteChange, 'caches.usage', 'redis_off'],
  scope: 'sites:write',
  audit: 'cache.password',
  params: strictObject({ site: domain }),
  returns: cache,
  snapshot: ({ ctx, params }) => getSite(ctx, params.site).cache,
  run: ({ ctx, params }) => renewPassword(ctx, params.site),
})
