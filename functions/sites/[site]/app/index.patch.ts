import { strictObject } from 'valibot'
import { getApp } from '../../../../lib/apps/read.ts'
import { app, appChanges } from '../../../../lib/apps/schema.ts'
import { planAppUpdate, updateApp } from '../../../../lib/apps/update.ts'
import { defineFunction } from '../../../../lib/function/define.ts'
import { domain } from '../../../../lib/sites/domain.ts'

export default defineFunction({
  summary: 'Change an app’s settings; it takes them up when it is started the next time',
  scope: 'sites:write',
  audit: 'app.update',
  params: strictObject({ site: domain }),
  body: appChanges,
  returns: app,
  snapshot: ({ ctx, params }) => getApp(ctx, params.site),
  plan: ({ ctx, params, body }) => planAppUpdate(ctx, params.site, body),
  run: ({ ctx, params, body }) => updateApp(ctx, params.site, body),
})
