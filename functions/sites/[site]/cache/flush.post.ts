import { number, strictObject } from 'valibot'
import { domain } from '../../../../lib/model/domain.ts'
import { flushRedis } from '../../../../lib/panel/caches/empty.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { getSite } from '../../../../lib/panel/sites/read.ts'

export default defineFunction({
  summary: 'Delete all keys of a site in Redis, and of no other site; answers the number',
  throws: ['caches.flush', 'redis_off'],
  scope: 'sites:write',
  audit: 'cache.flush',
  params: strictObject({ site: domain }),
  returns: strictObject({ keys: number() }),
  snapshot: ({ ctx, params }) => getSite(ctx, params.site).cache,
  run: ({ ctx, params }) => flushRedis(ctx, params.site),
})
