import { strictObject } from 'valibot'
import { app } from '../../../../lib/model/apps/schema.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { refuseUnready, startApp } from '../../../../lib/panel/apps/run.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Install, build and start an app, and wait until it answers',
  scope: 'sites:write',
  audit: 'app.start',
  job: 'Start the app',
  params: strictObject({ site: domain }),
  returns: app,
  precheck: ({ ctx, params }) => refuseUnready(ctx, params.site),
  run: ({ ctx, params, job }) => startApp(ctx, params.site, job.progress),
})
