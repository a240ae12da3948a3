import { strictObject } from 'valibot'
import { cache } from '../../../../lib/model/caches/schema.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { allowScripts } from '../../../../lib/panel/caches/update.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { getSite } from '../../../../lib/panel/sites/read.ts'
import { siteChange } from '../../../_throws.ts'

export default defineFunction({
  summary: 'Allow a site to run scripts in Redis again, once they end',
  throws: [...siteChange, 'caches.usage', 'redis_off'],
  scope: 'server:write',
  audit: 'cache.scripts',
  params: strictObject({ site: domain }),
  returns: cache,
  snapshot: ({ ctx, params }) => getSite(ctx, params.site).cache,
  run: ({ ctx, params }) => allowScripts(ctx, params.site),
})
