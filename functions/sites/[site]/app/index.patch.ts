import { strictObject } from 'valibot'
import { app, appChanges } from '../../../../lib/model/apps/schema.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { getApp } from '../../../../lib/panel/apps/read.ts'
import { planAppUpdate, updateApp } from '../../../../lib/panel/apps/update.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { appUpdate } from '../../../_throws.ts'

export default defineFunction({
  summary: 'Change an app’s settings; they apply from its next start',
  throws: appUpdate,
  scope: 'sites:write',
  audit: 'app.update',
  params: strictObject({ site: domain }),
  body: appChanges,
  returns: app,
  snapshot: ({ ctx, params }) => getApp(ctx, params.site),
  plan: ({ ctx, params, body }) => planAppUpdate(ctx, params.site, body),
  run: ({ ctx, params, body }) => updateApp(ctx, params.site, body),
})
