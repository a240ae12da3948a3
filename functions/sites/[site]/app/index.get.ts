import { strictObject } from 'valibot'
import { app } from '../../../../lib/model/apps/schema.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { getApp } from '../../../../lib/panel/apps/read.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Show the app of a Node or Python site: settings and state',
  throws: ['not_an_app', 'supervisor.list'],
  scope: 'sites:read',
  params: strictObject({ site: domain }),
  returns: app,
  run: ({ ctx, params }) => getApp(ctx, params.site),
})
