import { strictObject } from 'valibot'
import { refuseUnready, startApp } from '../../../../lib/apps/run.ts'
import { app } from '../../../../lib/apps/schema.ts'
import { defineFunction } from '../../../../lib/function/define.ts'
import { domain } from '../../../../lib/sites/domain.ts'

export default defineFunction({
  summary: 'Install, build and start an app, and wait until it answers',
  scope: 'sites:write',
  audit: 'app.start',
  job: 'Start the app',
  params: strictObject({ site: domain }),
  returns: app,
  ready: ({ ctx, params }) => refuseUnready(ctx, params.site),
  run: ({ ctx, params, job }) => startApp(ctx, params.site, job.progress),
})
