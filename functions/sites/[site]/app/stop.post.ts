import { strictObject } from 'valibot'
import { app } from '../../../../lib/model/apps/schema.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { refuseBusyApp, stopApp } from '../../../../lib/panel/apps/run.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Stop an app; requests do not wake it',
  throws: ['app_busy', 'not_an_app'],
  scope: 'sites:write',
  audit: 'app.stop',
  job: 'Stop the app',
  fails: ['app_busy', 'not_an_app', 'supervisor.list', 'supervisor.stop'],
  params: strictObject({ site: domain }),
  returns: app,
  precheck: ({ ctx, params }) => refuseBusyApp(ctx, params.site),
  run: ({ ctx, params, job }) => stopApp(ctx, params.site, job.progress),
})
