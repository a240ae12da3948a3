import { pipe, strictObject, string, uuid } from 'valibot'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { getJob, job } from '../../../lib/panel/jobs/read.ts'

export default defineFunction({
  summary: 'Show a job with its steps',
  scope: 'jobs:read',
  params: strictObject({ job: pipe(string(), uuid()) }),
  returns: job,
  run: ({ ctx, params }) => getJob(ctx, params.job),
})
