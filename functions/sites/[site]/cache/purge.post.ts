import { number, strictObject } from 'valibot'
import { purge } from '../../../../lib/model/caches/schema.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { purgePages } from '../../../../lib/panel/caches/empty.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { getSite } from '../../../../lib/panel/sites/read.ts'

export default defineFunction({
  summary: 'Remove the kept pages of an address, or all of a site; answers how many',
  throws: ['caches.purge', 'page_cache_off'],
  scope: 'sites:write',
  audit: 'cache.purge',
  params: strictObject({ site: domain }),
  body: purge,
  returns: strictObject({ pages: number() }),
  snapshot: ({ ctx, params }) => getSite(ctx, params.site).cache,
  run: ({ ctx, params, body }) => purgePages(ctx, params.site, body.address),
})
