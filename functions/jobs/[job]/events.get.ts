import { pipe, strictObject, string, uuid } from 'valibot'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { streamJob } from '../../../lib/panel/http/job-stream.ts'

export default defineFunction({
  summary: 'Follow a job: server-sent events, resumable with Last-Event-ID',
  scope: 'jobs:read',
  params: strictObject({ job: pipe(string(), uuid()) }),
  stream: 'text/event-stream',
  run: ({ ctx, event, params }) => streamJob(ctx, event, params.job),
})
