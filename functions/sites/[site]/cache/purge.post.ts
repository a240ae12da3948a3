import { number, strictObject } from 'valibot'
import { pagesToFlush } from '../../../../lib/model/caches/schema.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { flushPages } from '../../../../lib/panel/caches/empty.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { getSite } from '../../../../lib/panel/sites/read.ts'

export default defineFunction({
  summary: 'Delete an address, or all pages, from a site’s page cache; answers the number',
  throws: ['caches.flushPages', 'page_cache_off'],
  scope: 'sites:write',
  audit: 'cache.purge',
  params: strictObject({ site: domain }),
  body: pagesToFlush,
  returns: strictObject({ pages: number() }),
  snapshot: ({ ctx, params }) => getSite(ctx, params.site).cache,
  run: ({ ctx, params, body }) => flushPages(ctx, params.site, body.address),
})
