import { array, strictObject } from 'valibot'
import { site } from '../../lib/model/sites/schema.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'
import { listSites } from '../../lib/panel/sites/read.ts'

export default defineFunction({
  summary: 'List the sites',
  scope: 'sites:read',
  returns: strictObject({ sites: array(site) }),
  run: ({ ctx, identity }) => ({ sites: listSites(ctx, identity) }),
})
