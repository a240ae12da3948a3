import { strictObject } from 'valibot'
import { cache } from '../../../../lib/model/caches/schema.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { getCache } from '../../../../lib/panel/caches/read.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Show a site’s caches: Redis and page cache, their size and their hits',
  throws: ['caches.usage'],
  scope: 'sites:read',
  params: strictObject({ site: domain }),
  returns: cache,
  run: ({ ctx, params }) => getCache(ctx, params.site),
})
