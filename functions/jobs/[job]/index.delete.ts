import { pipe, strictObject, string, uuid } from 'valibot'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { getJob } from '../../../lib/panel/jobs/read.ts'

export default defineFunction({
  summary: 'Cancel a job, if it can be cancelled',
  throws: ['job_not_cancellable'],
  scope: 'jobs:write',
  audit: 'job.cancel',
  params: strictObject({ job: pipe(string(), uuid()) }),
  snapshot: ({ ctx, params }) => getJob(ctx, params.job),
  run: ({ ctx, params }) => ctx.jobs.cancel(getJob(ctx, params.job).id),
})
