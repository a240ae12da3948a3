import { strictObject } from 'valibot'
import { environment, environmentChanges } from '../../../../lib/model/apps/environment.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { getApp } from '../../../../lib/panel/apps/read.ts'
import { planAppUpdate, updateEnvironment } from '../../../../lib/panel/apps/update.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { appUpdate } from '../../../_throws.ts'

export default defineFunction({
  summary: 'Set variables of an app’s environment, and remove those that are null',
  throws: appUpdate,
  scope: 'sites:write',
  audit: 'app.env',
  secretBody: true,
  params: strictObject({ site: domain }),
  body: environmentChanges,
  returns: environment,
  snapshot: ({ ctx, params }) => getApp(ctx, params.site),
  plan: ({ ctx, params, body }) => planAppUpdate(ctx, params.site, { env: body }),
  run: ({ ctx, params, body }) => updateEnvironment(ctx, params.site, body),
})
