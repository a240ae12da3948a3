import { strictObject } from 'valibot'
import { app } from '../../../../lib/model/apps/schema.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { refuseUnready, startApp } from '../../../../lib/panel/apps/run.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { appStart } from '../../../_throws.ts'

export default defineFunction({
  summary: 'Install, build and start an app, and wait until it answers',
  throws: ['app_busy', 'not_an_app', 'site_disabled'],
  scope: 'sites:write',
  audit: 'app.start',
  job: 'Start the app',
  fails: appStart,
  params: strictObject({ site: domain }),
  returns: app,
  precheck: ({ ctx, params }) => refuseUnready(ctx, params.site),
  run: ({ ctx, params, job }) => startApp(ctx, params.site, job.progress),
})
