import { array, strictObject } from 'valibot'
import { defineFunction } from '../../lib/function/define.ts'
import { listSites } from '../../lib/sites/read.ts'
import { site } from '../../lib/sites/schema.ts'

export default defineFunction({
  summary: 'List the sites',
  scope: 'sites:read',
  returns: strictObject({ sites: array(site) }),
  run: ({ ctx, identity }) => ({ sites: listSites(ctx, identity!) }),
})
