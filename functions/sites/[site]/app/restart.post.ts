import { strictObject } from 'valibot'
import { app } from '../../../../lib/model/apps/schema.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { refuseUnready, restartApp } from '../../../../lib/panel/apps/run.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { appStart } from '../../../_throws.ts'

export default defineFunction({
  summary: 'Restart an app with its current settings',
  throws: ['app_busy', 'not_an_app', 'site_disabled'],
  scope: 'sites:write',
  audit: 'app.restart',
  job: 'Restart the app',
  fails: appStart,
  params: strictObject({ site: domain }),
  returns: app,
  precheck: ({ ctx, params }) => refuseUnready(ctx, params.site),
  run: ({ ctx, params, job }) => restartApp(ctx, params.site, job.progress),
})
