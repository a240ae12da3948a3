import { strictObject } from 'valibot'
import { getCache } from '../../../../lib/caches/read.ts'
import { cache } from '../../../../lib/caches/schema.ts'
import { defineFunction } from '../../../../lib/function/define.ts'
import { domain } from '../../../../lib/sites/domain.ts'

export default defineFunction({
  summary: 'Show a site’s caches: Redis and kept pages, how full they are and what they spare',
  scope: 'sites:read',
  params: strictObject({ site: domain }),
  returns: cache,
  run: ({ ctx, params }) => getCache(ctx, params.site),
})
